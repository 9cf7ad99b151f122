import { parseFlexibleServerId } from '../../infra/postgres-flexible/flexible-server.ts';

/** What no restore carries over, and nothing here has tried. */
export const neverProven = [
  'the restore itself: it makes a new server, and nothing was restored',
  'server parameters, firewall rules, high availability and replicas, which a restore does not carry over',
] as const;

/** The command that restores a server, as a new one, to a time in ISO 8601. */
export function restoreCommand(server: string, time: string): string {
  const { subscriptionId, resourceGroup } = parseFlexibleServerId(server) ?? {};
  const where = `--subscription ${subscriptionId} --resource-group ${resourceGroup} --name NEW_SERVER`;
  return `az postgres flexible-server restore ${where} --source-server ${server} --restore-time ${time}`;
}
