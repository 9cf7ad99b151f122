import { onLoopback } from '../../infra/container-apps/loopback.ts';
import type { FlexibleServerBackup } from '../../infra/postgres-flexible/flexible-server.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { CloudFacts, RecordedConfig, RestorePointConfig, RestorePointInputs } from './facts.ts';

/** How far the platform's clock may be ahead of the database's, in minutes. */
const skewMinutes = 5;

/** Whether the strategy's points are kept, and not restored, by the cloud. */
export function isRecorded(config: RestorePointConfig): config is RecordedConfig {
  return config.strategy === 'pitr' || config.strategy === 'on-demand';
}

/** Whether the platform can bring this very database back. What it does not say is not assumed. */
export function judgeServer(
  cloud: CloudFacts | undefined,
  config: RecordedConfig,
  { platform, database }: Pick<RestorePointInputs, 'platform' | 'database'>,
): readonly Finding[] {
  const about = config.server;
  if (config.endpoint !== undefined && !onLoopback(platform) && platform.kind !== 'local') {
    const found = `the stand-in at ${config.endpoint}`;
    return [blocker('RESTORE_POINT_UNSUPPORTED', about, found, "the cloud's own word, or a platform on this machine")];
  }
  const server = cloud?.server;
  if (cloud === undefined || server === undefined) {
    return [blocker('RESTORE_POINT_UNSUPPORTED', about, 'no such server', 'the server that holds the database')];
  }
  if (server.host?.toLowerCase() !== database.host.toLowerCase()) {
    const found = `a server named ${server.host ?? 'by nothing'}`;
    const needed = `the one of the database, ${database.host}`;
    return [blocker('RESTORE_POINT_UNSUPPORTED', about, found, needed)];
  }
  if (server.state !== 'Ready') {
    return [blocker('RESTORE_POINT_NOT_TAKEN', about, `state ${server.state ?? 'unknown'}`, 'state Ready')];
  }
  switch (config.strategy) {
    case 'pitr':
      return judgeReach(about, cloud);
    case 'on-demand':
      return judgeTier(about, cloud);
    default:
      return config satisfies never;
  }
}

function judgeReach(about: string, { server, clock }: CloudFacts): readonly Finding[] {
  const { earliestRestore, retentionDays } = server ?? {};
  if (earliestRestore === undefined || retentionDays === undefined || retentionDays < 1) {
    const found = `earliest restorable time ${earliestRestore ?? 'unknown'}, retention ${retentionDays ?? 'unknown'} days`;
    return [blocker('RESTORE_POINT_UNSUPPORTED', about, found, 'a server whose past can be restored')];
  }
  if (Date.parse(earliestRestore) <= Date.parse(clock)) return [];
  const found = `earliest restorable time ${earliestRestore}`;
  return [
    blocker('RESTORE_POINT_UNUSABLE', about, found, `a time not after ${clock}, the point`, 'Wait for that time.'),
  ];
}

function judgeTier(about: string, { server }: CloudFacts): readonly Finding[] {
  const { tier, storage } = server ?? {};
  const findings: Finding[] = [];
  if (tier === undefined || tier === 'Burstable') {
    const found = `tier ${tier ?? 'unknown'}`;
    findings.push(blocker('RESTORE_POINT_UNSUPPORTED', about, found, 'GeneralPurpose or MemoryOptimized, or pitr'));
  }
  // Older servers do not say their storage; the platform then refuses the order itself.
  if (storage === 'PremiumV2_LRS') {
    findings.push(blocker('RESTORE_POINT_UNSUPPORTED', about, `storage ${storage}`, 'Premium_LRS, or strategy pitr'));
  }
  return findings;
}

/** Whether a backup is complete, is one that was ordered, and is of now. `clock` is the database's, ISO 8601. */
export function judgeBackup(
  name: string,
  backup: FlexibleServerBackup | undefined,
  clock: string,
  maxAgeMinutes: number,
): readonly Finding[] {
  const needed = 'a complete backup of the type Customer On-Demand';
  if (backup?.completedAt === undefined || backup.type !== 'Customer On-Demand') {
    const found = `type ${backup?.type ?? 'unknown'}, completed ${backup?.completedAt ?? 'never'}`;
    return [blocker('RESTORE_POINT_UNUSABLE', name, backup === undefined ? 'no such backup' : found, needed)];
  }
  const minutes = (Date.parse(clock) - Date.parse(backup.completedAt)) / 60_000;
  if (minutes >= -skewMinutes && minutes < maxAgeMinutes) return [];
  const found = `completed ${backup.completedAt}, and the database says it is ${clock}`;
  return [blocker('RESTORE_POINT_UNUSABLE', name, found, `one of the last ${maxAgeMinutes} min`)];
}
