import type { DatabaseAddress, Workbench } from '../../infra/platform.ts';
import { databaseUrl } from '../kernel/database-url.ts';
import { gateError } from '../kernel/gate-error.ts';
import { keepSecret, redact } from '../kernel/redact.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import type { BaselineInputs } from './inputs.ts';

/** What the migration tool said: exit code, and the end of its output without secrets. */
export interface Run {
  readonly code: number;
  readonly lines: readonly string[];
}

/** The image, by digest, and those of its commands that are run. */
export interface Migrating {
  readonly image: string;
  readonly commands: Partial<BaselineInputs['commands']>;
}

/** Lines of output that are kept. */
const tail = 20;

/** What a platform can do beside production. @throws GateError WORKBENCH_MISSING where it can do nothing. */
export async function workbenchOf(world: World): Promise<Workbench> {
  const { workbench, address } = await world.platform();
  if (workbench !== undefined) return workbench;
  throw gateError('WORKBENCH_MISSING', address.kind, 'no throw-away server', 'the local platform');
}

/** Runs the tool of the image against a database, as the migrating role: the way production is migrated, elsewhere. */
export async function runMigrations(
  world: World,
  { image, commands }: Migrating,
  database: DatabaseAddress,
  direction: 'head' | 'up' | 'down',
  count = 1,
): Promise<Run> {
  const workbench = await workbenchOf(world);
  const password = await (await world.platform()).databasePassword('migrator');
  keepSecret(password);
  const parts = commands[direction];
  if (parts === undefined) throw new TypeError(`the gate has no command for ${direction}; needed one in its inputs`);
  const command = parts.map((part) => part.replaceAll('{count}', String(count)));
  const env = { DATABASE_URL: databaseUrl({ ...database, user: roleName(database, 'migrator'), password }) };
  const { code, output } = await workbench.run({ image, command, env }, world.signal);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return { code, lines: lines.slice(-tail).map(redact) };
}

/** Why a run did not do what it should, in one line; undefined when it did. */
export function failureOf(run: Run, what: string): string | undefined {
  return run.code === 0 ? undefined : `${what} ended with code ${run.code}: ${run.lines.at(-1) ?? 'no output'}`;
}
