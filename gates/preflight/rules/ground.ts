import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/**
 * The managed environment and the database's server take changes. An environment that a policy left in `Failed` refuses
 * every update of its apps (https://github.com/microsoft/azure-container-apps/issues/1778): better said before a migration
 * than after it.
 */
export function ground({ pending, ground: seen }: PreflightFacts): readonly Finding[] {
  if (!pending || seen === undefined) return [];
  const environment = seen.environment?.provisioningState ?? 'not there';
  const server = seen.server === undefined ? 'not there' : (seen.server.state ?? 'not said');
  return [
    ...(environment === 'Succeeded'
      ? []
      : [blocker('ENVIRONMENT_NOT_READY', 'managed environment', environment, 'provisioning state Succeeded')]),
    ...(server === 'Ready' ? [] : [blocker('SERVER_NOT_READY', 'flexible server', server, 'state Ready')]),
  ];
}
