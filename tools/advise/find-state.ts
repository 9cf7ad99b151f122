import type { Client } from 'pg';
import { schemaDrift } from '../../gates/baseline/schema-drift.ts';
import { differenceLine } from '../../gates/catalog/compare.ts';
import { messageOf } from '../../gates/kernel/gate-error.ts';
import { type Accepted, acceptedReleases, isProven } from '../../gates/kernel/ledger/accepted.ts';
import { currentHold } from '../../gates/kernel/ledger/hold.ts';
import { hasLedger } from '../../gates/kernel/ledger/schema.ts';
import { promotionHolder } from '../../gates/kernel/promotion-lock.ts';
import { readHistory } from '../../gates/migrate/history.ts';
import { historyDigest } from '../../gates/migrate/history-digest.ts';
import { invalidIndexes } from '../../gates/migrate/invalid-indexes.ts';
import { migrationTool } from '../../gates/migrate/tools/index.ts';
import type { Platform } from '../../infra/platform.ts';
import type { StackConfig } from '../../stacks/config.ts';
import type { FoundState } from './advise.ts';

const readLast = `
select gate, sha, verdict, reason_code as reason from sallyport.attempt order by id desc limit 1`;

/** Reads ledger, history, platform and restore points; changes nothing. `say` is told what could not be read. */
export async function findState(
  client: Client,
  platform: Platform,
  config: StackConfig,
  say: (line: string) => void,
): Promise<FoundState> {
  const ledger = await hasLedger(client);
  const accepted = ledger ? await acceptedReleases(client) : [];
  const [current] = accepted;
  // What is applied follows in part from the files: some tools record the newest migration only.
  const known = { ...config.migrations, command: [], files: current?.release.migrations.files ?? [] };
  const found = await readHistory(client, known).catch((error: unknown) => unread(say, 'history', error));
  const applied = found?.applied;
  const recorded = found?.recorded ?? [];
  const history = historyDigest(recorded);
  const last = ledger ? (await client.query<NonNullable<FoundState['last']>>(readLast)).rows[0] : undefined;
  return {
    inProgress: await promotionHolder(client),
    accepted: accepted.map(({ sha, mode, release }) => ({
      sha,
      mode,
      migrations: release.migrations.files.map((file) => file.name),
    })),
    wayBack: ledger ? await wayBack(client, accepted, history) : undefined,
    acceptedProven: current !== undefined && (await isProven(client, current.releaseDigest, history)),
    hold: ledger ? await currentHold(client) : undefined,
    last,
    applied,
    invalidIndexes: await invalidIndexes(client),
    drift:
      ledger && applied !== undefined
        ? (await schemaDrift(client, known, recorded)).differences.map(differenceLine)
        : [],
    servingOther: await servingOther(platform, current).catch((error: unknown) => unread(say, 'platform', error)),
    restorePoints: await restorePoints(platform),
    down: `in the image of service ${config.migrations.service}: ${commandOf(config).join(' ')} down 1`,
  };
}

function commandOf({ migrations }: StackConfig): readonly string[] {
  return migrations.command ?? migrationTool(migrations.tool).command;
}

/** The newest earlier release that passed its smoke suite on the schema as it is. */
async function wayBack(client: Client, accepted: readonly Accepted[], history: string): Promise<string | undefined> {
  const [current, ...earlier] = accepted;
  for (const { sha, releaseDigest } of earlier) {
    if (sha !== current?.sha && (await isProven(client, releaseDigest, history))) return sha;
  }
  return undefined;
}

async function servingOther({ apps }: Platform, current: Accepted | undefined): Promise<readonly string[]> {
  if (current === undefined) return [];
  const withIngress = Object.entries(current.release.services).filter(([, service]) => service.ingress !== 'none');
  const others = await Promise.all(
    withIngress.map(async ([name]) => {
      const traffic = ((await apps.getApp(name))?.traffic ?? []).filter(({ weight }) => weight > 0);
      const revisions = traffic.map((entry) => ('revisionName' in entry ? entry.revisionName : 'latest')).join();
      return revisions === current.revisions[name] ? [] : [`${name} on ${revisions || 'nothing'}`];
    }),
  );
  return others.flat();
}

async function restorePoints({ workbench }: Platform): Promise<FoundState['restorePoints']> {
  const points = (await workbench?.backups.list()) ?? [];
  return points.map(({ name, takenAt }) => ({ name, takenAt, restore: `npm run restore -- ${name}` }));
}

function unread(say: (line: string) => void, what: string, error: unknown): undefined {
  say(`not read: ${what}: ${messageOf(error)}`);
  return undefined;
}
