import * as pulumi from '@pulumi/pulumi';
import { bootstrapFiles } from './bootstrap.ts';
import { parseConfig } from './config.ts';
import { configReport } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import { estateOf } from './estate.ts';
import { Promotion } from './promotion.ts';
import { releaseOf } from './release.ts';

const stored = new pulumi.Config('sallyport');
const read = (key: string) => stored.get(key);

/** The program of a promotion. Its outputs are known once the release is accepted. */
async function promotion(): Promise<Outputs> {
  const config = parseConfig(read);
  if ('length' in config) throw new pulumi.RunError(configReport(config));
  if (config.replay !== undefined) {
    await pulumi.log.info(
      `replay of the accepted release ${config.replay}, not of what is configured; forward: npm run resume`,
    );
  }
  const release = await releaseOf(config);
  const bootstrap = await bootstrapFiles(config.migrations);
  const declareEstate = await estateOf(config);
  const { addresses } = new Promotion('promotion', { config, release, bootstrap, declareEstate });
  return { addresses, release: release.sha, evidence: `${config.artifacts}/${release.sha}` };
}

/** The program of a baseline: an existing database comes under its migrations. */
async function baseline(): Promise<Outputs> {
  const { parseBaselineConfig } = await import('./baseline-config.ts');
  const { baselineOf } = await import('./baseline-release.ts');
  const { Baseline } = await import('./baseline.ts');
  const config = parseBaselineConfig(read);
  if ('length' in config) throw new pulumi.RunError(configReport(config));
  const args = await baselineOf(config);
  new Baseline('baseline', args);
  return { addresses: {}, release: args.release.sha, evidence: `${config.artifacts}/${args.release.sha}` };
}

/** The program of a cutover: an application moves to another database. */
async function cutover(): Promise<Outputs> {
  const { parseCutoverConfig } = await import('./cutover-config.ts');
  const { cutoverOf } = await import('./cutover-plan.ts');
  const { Cutover } = await import('./cutover.ts');
  const config = parseCutoverConfig(read);
  if ('length' in config) throw new pulumi.RunError(configReport(config));
  const args = await cutoverOf(config);
  new Cutover('cutover', args);
  return { addresses: {}, release: args.release.sha, evidence: `${config.artifacts}/${args.release.sha}` };
}

/** The program of the stack's kind. */
function programOf(kind: string | undefined): Promise<Outputs> {
  switch (kind) {
    case 'baseline':
      return baseline();
    case 'cutover':
      return cutover();
    default:
      return promotion();
  }
}

/** Addresses of the services, the sha, and where the evidence is. */
type Outputs = Readonly<Record<'addresses' | 'release' | 'evidence', unknown>>;

export async function program(): Promise<Outputs> {
  try {
    return await programOf(read('kind'));
  } catch (error) {
    throw error instanceof ConfigurationError ? new pulumi.RunError(error.message) : error;
  }
}
