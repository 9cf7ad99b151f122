import type { ClientBase } from 'pg';
import pg from 'pg';

/** What a reviewer approved. Who it was is what the server says of the session that wrote it. */
export interface Approval {
  readonly root: string;
  /** Digest of the plan. */
  readonly plan: string;
  readonly note: string;
  readonly byRole: string;
  /** As PostgreSQL has it. */
  readonly at: string;
}

const insertApproval = `
insert into sallyport.approval (cutover, root, plan, note) values ($1, $2, $3, $4)
returning root, plan, note, by_role as "byRole", at::timestamptz(0)::text as at`;
const readApprovals = `
select root, plan, note, by_role as "byRole", at::timestamptz(0)::text as at from sallyport.approval
where cutover = $1 and at > coalesce((select max(e.at) from sallyport.cutover_event e where e.cutover = $1 and e.step = $2), '-infinity')
order by id desc`;
const roleExists = `select exists (select from pg_roles where rolname = $1) as there`;

/** Puts an approval on record, as the role of the session. */
export async function writeApproval(
  client: ClientBase,
  cutover: string,
  { root, plan, note }: Pick<Approval, 'root' | 'plan' | 'note'>,
): Promise<Approval> {
  const { rows } = await client.query<Approval>(insertApproval, [cutover, root, plan, note]);
  const [written] = rows;
  if (written === undefined) throw new Error('the ledger took no approval; needed its row');
  return written;
}

/** The approvals of a cutover, newest first; those from before its last `event` of that step are not given. */
export async function approvalsOf(client: ClientBase, cutover: string, event?: string): Promise<readonly Approval[]> {
  return (await client.query<Approval>(readApprovals, [cutover, event ?? null])).rows;
}

/** Lets the reviewing role approve, and read what was approved: who it was and when is not its to write. False without the role. */
export async function letApprove(client: ClientBase, role: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(roleExists, [role]);
  if (rows[0]?.there !== true) return false;
  const name = pg.escapeIdentifier(role);
  await client.query(`grant usage on schema sallyport to ${name}`);
  await client.query(`grant select, insert (cutover, root, plan, note) on sallyport.approval to ${name}`);
  return true;
}
