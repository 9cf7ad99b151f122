import { candidate } from '../../../gates/candidate/candidate.ts';
import { flip } from '../../../gates/flip/flip.ts';
import { writeAccepted } from '../../../gates/kernel/ledger/accepted.ts';
import { beginAttempt, finishAttempt } from '../../../gates/kernel/ledger/attempt.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import { issueReceipt, type Receipt } from '../../../gates/kernel/receipt.ts';
import { type Release, releaseDigest, type Service } from '../../../gates/kernel/release.ts';
import { appClearanceProvider } from '../../../infra/azure/app-clearance-provider.ts';
import type { AppTemplates } from '../../../infra/azure/app-template.ts';
import { sampleRelease } from '../../gates/sample-release.ts';
import { deployer, type LoopbackEstate } from './loopback-estate.ts';

export const before = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point', 'migrate'];

let estates = 0;

/** Names of apps that no other test has: they share the platform. */
export function freshNames() {
  estates += 1;
  return { api: `api-${estates}`, worker: `worker-${estates}` };
}

/** A release of the test program, as an API and a worker that is told to stand by. */
export function programRelease(
  estate: LoopbackEstate,
  names: ReturnType<typeof freshNames>,
  sha: string,
  changes: Partial<Service> = {},
): Release {
  const service: Service = {
    image: estate.image,
    command: ['node', 'program.mjs'],
    port: 8080,
    ingress: 'external',
    health: '/health',
    replicas: 1,
    env: { WS_MODULE: import.meta.resolve('ws'), RELEASE: sha },
    secretEnv: { DATABASE_URL: 'database-url-app' },
    standbyEnv: {},
    ...changes,
  };
  const env = { ...service.env, API_URL: `\${services.${names.api}.address}`, MODE: 'work' };
  const worker: Service = { ...service, ingress: 'none', env, standbyEnv: { MODE: 'stand by', STANDBY: '1' } };
  return sampleRelease({ sha, services: { [names.api]: service, [names.worker]: worker } });
}

/** A receipt with a passed attempt behind it in the ledger. */
export async function passedReceipt(
  estate: LoopbackEstate,
  release: Release,
  gate: string,
  data: Record<string, unknown> = {},
): Promise<Receipt> {
  const client = await estate.session();
  try {
    await ensureLedger(client);
    const of = { sha: release.sha, release: releaseDigest(release), subject: 'subject' };
    const { id } = await beginAttempt(client, { ...of, gate, stack: 'test' });
    const receipt = issueReceipt({ ...of, gate, attempt: id, after: {}, evidence: 'evidence', data });
    const verdict = { verdict: 'passed', reasonCode: null, evidence: '{}', evidenceDigest: 'evidence' } as const;
    await finishAttempt(client, id, { ...verdict, receiptDigest: receipt.digest });
    return receipt;
  } finally {
    await client.end();
  }
}

/** Receipts of all gates before the apps are declared. */
export async function receiptsBefore(
  estate: LoopbackEstate,
  release: Release,
  acceptedSeq?: number,
): Promise<Receipt[]> {
  const images = Object.fromEntries(Object.entries(release.services).map(([name, { image }]) => [name, image]));
  const data: Record<string, Record<string, unknown>> = { guard: { images } };
  data.preflight = { mode: acceptedSeq === undefined ? 'first' : 'forward', acceptedSeq };
  const receipts: Receipt[] = [];
  for (const gate of before) receipts.push(await passedReceipt(estate, release, gate, data[gate]));
  return receipts;
}

/** Inputs of the clearance. */
export function clearanceFor(estate: LoopbackEstate, release: Release, receipts: readonly Receipt[]) {
  const { platform, database } = estate;
  return { release, platform, database, stack: 'test', receipts, domain: 'apps.example.com', clientId: 'apps' };
}

/** What the engine does with the clearance: check, and create where there is nothing yet or something changed. */
export async function cleared(inputs: Record<string, unknown>, olds?: Record<string, unknown>) {
  const { inputs: news, failures } = await appClearanceProvider.check(olds ?? {}, inputs);
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join('\n'));
  const changed = olds === undefined || (await appClearanceProvider.diff('id', olds, news)).changes;
  const outs = changed ? (await appClearanceProvider.create(news)).outs : olds;
  return { outs, changed, templates: outs.templates as AppTemplates };
}

/** What the declared apps do with what was cleared, with settings of their own that no gate knows. */
export async function declareApps(estate: LoopbackEstate, release: Release, templates: AppTemplates): Promise<void> {
  const apps = await deployer(estate);
  for (const [name, { image, command, env, revisionSuffix, traffic }] of Object.entries(templates)) {
    const service = release.services[name] as Service;
    await apps.putApp(name, {
      container: { name, image, command, env },
      revisionSuffix,
      replicas: service.replicas,
      probe: { port: service.port, path: service.health, startupSeconds: 7 },
      ...(traffic && { ingress: { external: true, targetPort: service.port, traffic } }),
      secrets: [{ name: 'database-url-app', keyVaultUrl: 'local://secrets/database-url-app' }],
    });
  }
}

/** Inputs that the gates after it have in common. */
export function gateInputsFor(estate: LoopbackEstate, release: Release, receipts: readonly Receipt[]) {
  const { platform, database } = estate;
  const given = { release, receipts, change: { owner: 'release-desk' }, platform, database, stack: 'test' };
  return { ...given, artifacts: '.artifacts/test-azure' };
}

/** Runs the candidate gate over what is declared. */
export async function standCandidate(
  estate: LoopbackEstate,
  release: Release,
  receipts: readonly Receipt[],
  declared: Record<string, string>,
  healthSeconds = 60,
): Promise<Receipt> {
  const inputs = { ...gateInputsFor(estate, release, receipts), healthSeconds, declared };
  return (await gateProvider(candidate).create(inputs)).outs.receipt as Receipt;
}

/** Runs the flip. */
export async function flipTo(estate: LoopbackEstate, release: Release, receipts: readonly Receipt[]): Promise<Receipt> {
  const probe = { header: 'x-revision', answers: 2, seconds: 30 };
  const inputs = { ...gateInputsFor(estate, release, receipts), probe, drainSeconds: 30, healthSeconds: 60 };
  return (await gateProvider(flip).create(inputs)).outs.receipt as Receipt;
}

/** Puts it on record that a release is accepted with these revisions; gives its number. */
export async function accept(
  estate: LoopbackEstate,
  release: Release,
  revisions: Readonly<Record<string, string>>,
): Promise<number> {
  const client = await estate.session();
  try {
    const [sha, digest] = [release.sha, releaseDigest(release)];
    await ensureLedger(client);
    const of = { gate: 'accept', sha, release: digest, subject: 's', stack: 'test' };
    const { id: attempt } = await beginAttempt(client, of);
    const record = { sha, releaseDigest: digest, release, revisions, historyDigest: 'h', owner: 'release-desk' };
    await writeAccepted(client, { ...record, mode: 'forward', receipts: [], attempt });
    const { rows } = await client.query<{ seq: number }>('select max(seq)::int as seq from sallyport.accepted');
    return rows[0]?.seq ?? 0;
  } finally {
    await client.end();
  }
}

/** Service → revision, as the declared apps tell the candidate gate. */
export function revisionsOf(templates: AppTemplates): Record<string, string> {
  return Object.fromEntries(Object.entries(templates).map(([name, { revision }]) => [name, revision]));
}
