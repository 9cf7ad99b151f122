import { blocker, type Finding } from '../../kernel/verdict.ts';
import { at, notKnown } from '../look.ts';
import { migrationToolIn } from '../migration-commands.ts';
import type { Resource } from '../resource.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';
import { type Container, workloadOf } from '../workload.ts';

/**
 * B1: the migration job is the only way of a migration into production. An app starts once a replica, whenever the
 * platform likes, and without a bound.
 */
export const noMigrationInApp: ResourceRule = {
  kind: 'resource',
  name: 'no-migration-in-app',
  means: 'No container and no init container of an app runs a migration, and no init container of a job.',
  judge: (resource) => [...judgeWorkload(resource), ...judgeRelease(resource)],
};

function judgeWorkload(resource: Resource): readonly Finding[] {
  const workload = workloadOf(resource);
  if (workload === undefined) return [];
  if (workload.containers === notKnown) return [notEvaluated(resource, 'a command')];
  return workload.containers
    .filter(({ init }) => workload.kind === 'app' || init)
    .flatMap((container) => judgeContainer(resource, container));
}

function judgeContainer(resource: Resource, { name, command }: Container): readonly Finding[] {
  if (command === notKnown || command.includes(notKnown)) return [notEvaluated(resource, `a command of ${name}`)];
  if (command.length === 0) {
    const found = `no command of ${name}: what its image starts by itself cannot be seen`;
    return [blocker('POLICY_MIGRATION_IN_APP', resource.name, found, 'the command, written down')];
  }
  return runsMigration(resource, name, command);
}

/** Gates carry the release: its services are seen there on every platform, and beside the migration's own command. */
function judgeRelease(resource: Resource): readonly Finding[] {
  const services = at(resource.props, 'release', 'services');
  if (typeof services !== 'object' || services === null) return [];
  const own = lineOf(at(resource.props, 'release', 'migrations', 'command'));
  return Object.entries(services).flatMap(([service, asked]) => {
    const command = at(asked, 'command');
    if (!Array.isArray(command)) return [notEvaluated(resource, `a command of service ${service}`)];
    if (lineOf(command) === own) {
      const found = `the release's migration command in service ${service}`;
      return [blocker('POLICY_MIGRATION_IN_APP', resource.name, found, 'a command that only serves')];
    }
    return runsMigration(resource, `service ${service}`, command);
  });
}

function runsMigration(resource: Resource, place: string, command: readonly unknown[]): readonly Finding[] {
  const tool = migrationToolIn(lineOf(command));
  if (tool === undefined) return [];
  const found = `a migration command (${tool}) in ${place}`;
  return [blocker('POLICY_MIGRATION_IN_APP', resource.name, found, 'a command that only serves')];
}

function lineOf(command: unknown): string {
  return Array.isArray(command) ? command.join(' ') : '';
}
