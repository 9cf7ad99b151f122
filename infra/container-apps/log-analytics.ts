import type { TokenCredential } from '@azure/core-auth';
import type { LogsQueryClient } from '@azure/monitor-query-logs';
import type { PlatformAddress } from '../platform.ts';
import { prepareArmPipeline } from './arm-pipeline.ts';
import type { ExecutionLogs } from './container-apps.ts';
import { onLoopback } from './loopback.ts';

const logsScope = 'https://api.loganalytics.io/.default';
/** How far back an execution is looked for, and how long the service may think. */
const timespan = { duration: 'P2D' };
const serverTimeoutInSeconds = 20;
/** https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time */
const late = 'rows come 20 s to 3 min after they were written, so the last ones may be missing';

/**
 * The table that console logs go to: by the environment's own configuration (`_CL`, columns with their type), or by
 * diagnostic settings. Rows of an execution are those of its replicas, whose names begin with its name.
 */
const tables = {
  'log-analytics': {
    name: 'ContainerAppConsoleLogs_CL',
    job: 'ContainerJobName_s',
    replica: 'ContainerGroupName_s',
    line: 'Log_s',
  },
  'azure-monitor': { name: 'ContainerAppConsoleLogs', job: 'JobName', replica: 'ContainerGroupName', line: 'Log' },
} as const;

/**
 * What Log Analytics has of an execution, oldest first; undefined where the estate sends its logs nowhere.
 * @throws what the service or the network said.
 */
export async function queryLogs(
  address: PlatformAddress,
  credential: TokenCredential,
  { job, execution, tail }: { readonly job: string; readonly execution: string; readonly tail: number },
): Promise<ExecutionLogs | undefined> {
  const { destination = 'none', workspaceId } = address.azure?.logs ?? {};
  if (destination === 'none' || workspaceId === undefined) return undefined;
  const { name, job: ofJob, replica, line } = tables[destination];
  const query = [
    name,
    `where ${ofJob} == ${kqlString(job)} and ${replica} startswith ${kqlString(execution)}`,
    `top ${tail} by TimeGenerated desc`,
    `project ${line}`,
  ].join(' | ');
  const client = await openClient(address, credential);
  const found = await client
    .queryWorkspace(workspaceId, query, timespan, { serverTimeoutInSeconds })
    .catch((error: unknown) => {
      if (isNoTable(error)) return undefined;
      throw error;
    });
  const answer = (lines: readonly string[], note: string): ExecutionLogs => ({ lines, source: 'log-analytics', note });
  if (found === undefined) return answer([], `${name} is not there yet: it is made by its first row, and ${late}`);
  const partial = found.status === 'PartialFailure';
  const rows = (partial ? found.partialTables : found.tables)[0]?.rows ?? [];
  const lines = rows.map(([text]) => String(text ?? '').trimEnd()).reverse();
  const cut = partial ? `only a part was read (${found.partialError.code}), and ` : '';
  return answer(lines, lines.length === 0 ? `${cut}no row yet: ${late}` : `${cut}${late}`);
}

async function openClient(address: PlatformAddress, credential: TokenCredential): Promise<LogsQueryClient> {
  // Only where there is a workspace to ask.
  const { LogsQueryClient } = await import('@azure/monitor-query-logs');
  if (!onLoopback(address)) return new LogsQueryClient(credential);
  const client = new LogsQueryClient(credential, {
    endpoint: `${address.endpoint}/v1`,
    allowInsecureConnection: true,
    retryOptions: { retryDelayInMs: 50 },
  });
  prepareArmPipeline(client.pipeline, async () => {
    const token = await credential.getToken(logsScope);
    if (!token) throw new Error('the credential gave no token for Log Analytics');
    return token;
  });
  return client;
}

/** The table comes with its first row; until then the query cannot be resolved. */
function isNoTable(error: unknown): boolean {
  return /failed to resolve table|could not be resolved|SEM0100/i.test(JSON.stringify(error) + String(error));
}

function kqlString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
