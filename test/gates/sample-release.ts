import type { GateInputs } from '../../gates/kernel/gate.ts';
import { issueReceipt, type Receipt } from '../../gates/kernel/receipt.ts';
import { type Release, releaseDigest, type Service } from '../../gates/kernel/release.ts';

const service: Service = {
  image: `web@sha256:${'a'.repeat(64)}`,
  command: ['node', 'main.ts'],
  port: 3000,
  ingress: 'external',
  health: '/healthz',
  replicas: 1,
  env: {},
  secretEnv: {},
  standbyEnv: {},
};

/** The database's time-ordered migrations of the sample release, by name. */
export const sampleMigrations = ['20250101000000_one', '20250102000000_two', '20250103000000_three'] as const;

/** A release with an API, a worker and three migrations. */
export function sampleRelease(changes: Partial<Release> = {}): Release {
  return {
    sha: 'abcdef0123456789',
    services: { api: service, worker: { ...service, ingress: 'none' } },
    migrations: {
      tool: 'node-pg-migrate',
      service: 'api',
      command: ['node', 'migrate.ts'],
      files: sampleMigrations.map((name) => ({ name, file: `${name}.sql`, sha256: `sha of ${name}` })),
    },
    smoke: { surfaces: {}, retries: { attempts: 1, delayMs: 0 } },
    ...changes,
  };
}

/** Inputs as every gate has them, with addresses where nothing answers. */
export function sampleInputs(changes: Partial<GateInputs> = {}): GateInputs {
  return {
    release: sampleRelease(),
    receipts: [],
    change: { owner: 'release-desk' },
    platform: {
      kind: 'local',
      subscriptionId: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'local',
      environmentId: '/subscriptions/0/resourceGroups/local/providers/Microsoft.App/managedEnvironments/local',
    },
    database: { host: '127.0.0.1', port: 1, database: 'app', tls: false },
    stack: 'test',
    artifacts: '.artifacts/test',
    ...changes,
  };
}

/** A receipt of a gate for a release; no ledger knows it. */
export function receiptFor(
  release: Release,
  gate: string,
  data: Record<string, unknown> = {},
  changes: Partial<Receipt> = {},
): Receipt {
  const { sha } = release;
  const content = {
    gate,
    sha,
    release: releaseDigest(release),
    subject: 'subject',
    attempt: 1,
    after: {},
    evidence: 'evidence',
  };
  return issueReceipt({ ...content, data, ...changes });
}
