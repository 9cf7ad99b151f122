import {
  type BackupAutomaticAndOnDemand,
  PostgreSQLManagementFlexibleServerClient,
} from '@azure/arm-postgresql-flexible';
import type { TokenCredential } from '@azure/core-auth';
import { ARM_SCOPE, prepareArmPipeline } from '../container-apps/arm-pipeline.ts';
import { callArm, callArmIfThere } from '../container-apps/call-arm.ts';
import { onLoopback } from '../container-apps/loopback.ts';
import { type FlexibleServer, type FlexibleServerBackup, parseFlexibleServerId } from './flexible-server.ts';

/**
 * Opens a server by its ARM id with the official client. An `endpoint` on loopback is spoken to by http; without one the
 * public cloud is meant. Calls end when the signal fires. @throws TypeError when the id is none.
 */
export function openFlexibleServer(
  id: string,
  credential: TokenCredential,
  { endpoint, signal }: { readonly endpoint?: string | undefined; readonly signal: AbortSignal },
): FlexibleServer {
  const parsed = parseFlexibleServerId(id);
  if (parsed === undefined) throw new TypeError(`${id} is no ARM id of a flexible server`);
  const { subscriptionId, resourceGroup, name } = parsed;
  const token = async () => {
    const found = await credential.getToken(ARM_SCOPE);
    if (!found) throw new Error('the credential gave no token for the management API');
    return found;
  };
  const near = onLoopback({ endpoint });
  const open = (maxRetries: number) => {
    const client = new PostgreSQLManagementFlexibleServerClient(credential, subscriptionId, {
      retryOptions: { maxRetries, retryDelayInMs: near ? 50 : 1_000 },
      ...(endpoint !== undefined && { endpoint }),
      ...(near && { allowInsecureConnection: true }),
    });
    prepareArmPipeline(client.pipeline, near ? token : undefined);
    return client;
  };
  const client = open(3);
  const backups = client.backupsAutomaticAndOnDemand;
  const abort = { abortSignal: signal };
  const interval = { updateIntervalInMs: near ? 50 : 5_000 };
  return {
    read: async () => {
      const server = await callArmIfThere(`read server ${name}`, () => client.servers.get(resourceGroup, name, abort));
      if (server === undefined) return undefined;
      return {
        ...(server.fullyQualifiedDomainName && { host: server.fullyQualifiedDomainName }),
        ...(server.state && { state: server.state }),
        ...(server.sku?.tier && { tier: server.sku.tier }),
        ...(server.storage?.type && { storage: server.storage.type }),
        ...(server.backup?.backupRetentionDays !== undefined && { retentionDays: server.backup.backupRetentionDays }),
        ...at('earliestRestore', server.backup?.earliestRestoreDate),
      };
    },
    getBackup: async (backup) => {
      const found = await callArmIfThere(`read backup ${backup}`, () =>
        backups.get(resourceGroup, name, backup, abort),
      );
      return found && backupOf(found);
    },
    listBackups: () =>
      callArm(`list backups of ${name}`, async () => {
        const found: FlexibleServerBackup[] = [];
        for await (const body of backups.listByServer(resourceGroup, name, abort)) found.push(backupOf(body));
        return found;
      }),
    createBackup: async (backup) => {
      // Repeated by the client, an order that was taken the first time would come back as an error.
      const once = open(0).backupsAutomaticAndOnDemand;
      await callArm(`take backup ${backup}`, async () => {
        const poller = await once.beginCreate(resourceGroup, name, backup, { ...abort, ...interval });
        return poller.pollUntilDone(abort);
      });
    },
    deleteBackup: async (backup) => {
      await callArmIfThere(`remove backup ${backup}`, async () => {
        const poller = await backups.beginDelete(resourceGroup, name, backup, { ...abort, ...interval });
        return poller.pollUntilDone(abort);
      });
    },
  };
}

function backupOf({ name, backupType, completedTime }: BackupAutomaticAndOnDemand): FlexibleServerBackup {
  return { name: name ?? '', ...(backupType && { type: backupType }), ...at('completedAt', completedTime) };
}

/** The client makes a date of any text; what is no time is absent. */
function at<K extends string>(key: K, date: Date | undefined): Partial<Record<K, string>> {
  if (date === undefined || Number.isNaN(date.getTime())) return {};
  return { [key]: date.toISOString() } as Record<K, string>;
}
