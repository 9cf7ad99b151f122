import type { CutoverProject } from './cutover-project.ts';

/** The role that carries a cutover out where nobody is a superuser. */
export const operator = 'mover';
export const operatorPassword = 'let the mover in';

/** The roles that write: the owner of the tables is one of them. */
export const writers = ['app', 'migrator'] as const;

/** One right of the operator each, as docs/cutover.md lists them for strategy replicate with a way back. */
type Rights = (database: string) => readonly string[];

/** Of the source. What it reads there, it reads as a member of the tables' owner. */
export const onSource: Rights = (database) => [
  `alter role ${operator} replication`,
  `alter role ${operator} createrole`,
  `grant pg_monitor to ${operator}`,
  `grant pg_signal_backend to ${operator}`,
  `grant pg_create_subscription to ${operator}`,
  `grant migrator to ${operator} with admin true, inherit true, set true`,
  `grant app to ${operator} with admin true, inherit false, set false`,
  `alter database ${database} owner to ${operator}`,
];
/** Of a target whose schema `sallyport` is not there yet. */
export const onTarget: Rights = (database) => [
  ...onSource(database),
  `grant gates to ${operator} with inherit false, set true`,
];

/** Makes the role on both sides, gives it these rights, and lets the project's commands work as it. */
export async function workAsOperator({ project, sql, url }: CutoverProject): Promise<void> {
  // The platform's own makes it with every database; another server has none.
  await sql('target', 'drop schema sallyport');
  for (const [side, rights, variable] of [
    ['source', onSource, 'CUTOVER_SOURCE_DIRECT_URL'],
    ['target', onTarget, 'CUTOVER_TARGET_DIRECT_URL'],
  ] as const) {
    const address = new URL(await url(side));
    await sql(side, `create role ${operator} login password '${operatorPassword}'`);
    for (const statement of rights(address.pathname.slice(1))) await sql(side, statement);
    const user = { username: operator, password: encodeURIComponent(operatorPassword) };
    project.env[variable] = Object.assign(address, user).href;
  }
}
