import type { CutoverProject } from './cutover-project.ts';

/** The role that carries a cutover out where nobody is a superuser. */
export const operator = 'mover';
const password = 'let the mover in';

/** All that docs/cutover.md asks for on the source, for strategy replicate with a way back. `database` is its name. */
export const onSource = (database: string): readonly string[] => [
  `alter role ${operator} replication createrole`,
  `grant pg_monitor, pg_signal_backend, pg_read_all_data, pg_create_subscription to ${operator}`,
  `grant migrator to ${operator} with admin true, inherit true, set true`,
  `grant app to ${operator} with admin true, inherit false, set false`,
  `alter database ${database} owner to ${operator}`,
];

/** And on the target. */
export const onTarget = (database: string): readonly string[] => [
  `alter role ${operator} replication createrole`,
  `grant pg_monitor, pg_signal_backend, pg_create_subscription to ${operator}`,
  `grant migrator to ${operator} with admin true, inherit true, set true`,
  `grant app to ${operator} with admin true, inherit false, set false`,
  `grant gates to ${operator} with inherit false, set true`,
  `grant usage, create on schema sallyport to ${operator}`,
  `alter database ${database} owner to ${operator}`,
];

/** Makes the role on both sides, gives it these rights, and lets the project's commands work as it. */
export async function workAsOperator({ project, sql, url }: CutoverProject): Promise<void> {
  for (const [side, rights, variable] of [
    ['source', onSource, 'CUTOVER_SOURCE_DIRECT_URL'],
    ['target', onTarget, 'CUTOVER_TARGET_DIRECT_URL'],
  ] as const) {
    const address = new URL(await url(side));
    await sql(side, `create role ${operator} login password '${password}'`);
    for (const statement of rights(address.pathname.slice(1))) await sql(side, statement);
    project.env[variable] = Object.assign(address, { username: operator, password: encodeURIComponent(password) }).href;
  }
}
