import * as pulumi from '@pulumi/pulumi';
import { parseConfig } from './config.ts';
import { configReport } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import { Promotion } from './promotion.ts';
import { releaseOf } from './release.ts';

/** The program. Its outputs are known once the release is accepted: addresses, the sha, and where the evidence is. */
async function program(): Promise<Record<string, unknown>> {
  const stored = new pulumi.Config('sallyport');
  const config = parseConfig((key) => stored.get(key));
  if ('length' in config) throw new pulumi.RunError(configReport(config));
  if (config.replay !== undefined) {
    await pulumi.log.info(
      `replay of the accepted release ${config.replay}, not of what is configured; forward: npm run resume`,
    );
  }
  try {
    const release = await releaseOf(config);
    const { addresses } = new Promotion('promotion', { config, release });
    return { addresses, release: release.sha, evidence: `${config.artifacts}/${release.sha}` };
  } catch (error) {
    throw error instanceof ConfigurationError ? new pulumi.RunError(error.message) : error;
  }
}

export const { addresses, release, evidence } = await program();
