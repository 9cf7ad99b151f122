import { tokenUrl } from '../../infra/azure/token-url.ts';
import { pollMsOf } from '../../infra/container-apps/loopback.ts';
import type { DatabaseAddress } from '../../infra/platform.ts';
import type { Run } from '../baseline/run-migrations.ts';
import { poll } from '../kernel/deadline.ts';
import { gateError } from '../kernel/gate-error.ts';
import { redact } from '../kernel/redact.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { withLogs } from '../migrate/execution-logs.ts';
import { terminal } from '../migrate/facts.ts';
import { follow } from '../migrate/follow.ts';
import { ofAttempt, startOnce } from '../migrate/start-once.ts';
import type { SchemaInputs } from './facts.ts';

/** Lines of output that are kept. */
const tail = 20;
const urlVariable = 'DATABASE_URL';

/**
 * Migrates a database by an execution of the promotion stack's migration job: its identity, its network and its registry,
 * with another image and the address of this database. The job itself stays as it is declared.
 * @throws GateError JOB_NOT_STARTED.
 */
export async function migrateAsJob(
  world: World,
  inputs: SchemaInputs,
  job: string,
  database: DatabaseAddress,
): Promise<Run> {
  const platform = await world.platform();
  const declared = await platform.apps.getJob(job);
  if (declared === undefined) {
    throw gateError('JOB_NOT_STARTED', job, 'no such job', 'the migration job that the promotion stack declares');
  }
  const migrator = roleName(database, 'migrator');
  const env = declared.container.env.filter(({ name }) => name !== urlVariable);
  const container = {
    ...declared.container,
    image: inputs.image,
    command: inputs.commands.head,
    env: [...env, { name: urlVariable, value: tokenUrl(migrator, database) }],
  };
  const before = await ofAttempt(platform.apps, job, markOf(inputs));
  const mark = `${markOf(inputs)}-${world.attempt?.id ?? 0}`;
  const name = await startOnce(platform.apps, job, { ...declared, container }, mark, before);
  world.say(`${name} started`);
  const { result, logs } = await withLogs(platform, job, name, () =>
    follow(world, { job, name, migrator }, declared.replicaTimeoutSeconds),
  );
  const { execution } = result;
  const status = execution?.status ?? 'Unknown';
  const lines = logs.lines.filter((line) => line.trim() !== '').map(redact);
  if (status === 'Succeeded') return { code: 0, lines: lines.slice(-tail) };
  return { code: execution?.exitCode || 1, lines: [...lines, `${name} ${status}`].slice(-tail) };
}

/** Ends what a gate that was killed had started: it would go on in what is cleaned. */
export async function endMigrations(world: World, inputs: SchemaInputs, job: string): Promise<void> {
  const { apps, address } = await world.platform();
  const running = async () =>
    (await ofAttempt(apps, job, markOf(inputs))).filter(({ status }) => !terminal.has(status)).map(({ name }) => name);
  for (const name of await running()) {
    world.say(`${name} was left by an earlier run; it is stopped`);
    await apps.stopExecution(job, name);
  }
  await poll(world.signal, pollMsOf(address), async () => ((await running()).length === 0 ? true : undefined));
}

/** Of the executions for this cutover's schema, of whatever attempt. */
function markOf({ plan }: Pick<SchemaInputs, 'plan'>): string {
  return `cutover-${plan.id}-schema`;
}
