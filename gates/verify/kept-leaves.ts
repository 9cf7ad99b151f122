import { z } from 'zod';
import { digestOf } from '../kernel/digest.ts';
import { databaseIdentity } from './database-identity.ts';
import type { Leaves } from './leaves.ts';
import type { LeafSums } from './merkle.ts';
import { digestVersion } from './row-digest.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import type { TableDigest } from './table-digest.ts';
import type { TableShape } from './table-shape.ts';

/** A table's leaves as an earlier run left them. */
export interface KeptTable {
  readonly identity: string;
  readonly leaves: Leaves;
  readonly sums: LeafSums;
}

/** What an earlier run kept of one side. */
export interface KeptSide {
  /** The oldest transaction that its snapshot may not have seen; counted on over wraparounds. */
  readonly horizon: bigint;
  readonly tables: ReadonlyMap<string, KeptTable>;
  /** Whether this is the database that was kept, on a server that runs since: none of its transactions was taken back. */
  stillHolds(now: Snapshot): Promise<boolean>;
}

const integer = z.string().regex(/^-?\d+$/);
const leavesSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('range'), column: z.string(), shift: z.number().int() }),
  z.strictObject({ kind: z.literal('hash'), bits: z.number().int() }),
  z.strictObject({ kind: z.literal('content'), bits: z.number().int() }),
]);

/** One side in `leaves.json`. */
export const keptSideSchema = z.strictObject({
  digestVersion: z.literal(digestVersion),
  system: z.string().describe('which database of which server, since that was started'),
  horizon: integer,
  tables: z.record(
    z.string(),
    z.strictObject({
      identity: z.string(),
      leaves: leavesSchema,
      sums: z.array(z.tuple([integer, integer, integer, integer])).describe('leaf, rows, first, second'),
    }),
  ),
});

export type KeptSideRecord = z.infer<typeof keptSideSchema>;

const readTransactions = `
select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, pg_snapshot_xmax(pg_current_snapshot())::text as next`;
/** Transactions are told apart within half of their 32 bits; with some to spare. */
const mostTransactions = 2n ** 31n - 2n ** 24n;

/** What is to be kept of a side: its digests at this snapshot. */
export async function keepLeaves(snapshot: Snapshot, digests: readonly TableDigest[]): Promise<KeptSideRecord> {
  const { horizon, system } = await transactionsOf(snapshot);
  const tables = digests.map(({ table, leaves, sums }) => {
    const kept = [...sums].map(([leaf, { rows, first, second }]) => [leaf, rows, first, second].map(String));
    return [
      table.name,
      { identity: identityOf(table), leaves, sums: kept as [string, string, string, string][] },
    ] as const;
  });
  return { digestVersion, system, horizon, tables: Object.fromEntries(tables) };
}

/** A side as it was kept. */
export function keptSide(record: KeptSideRecord): KeptSide {
  const horizon = BigInt(record.horizon);
  const tables = Object.entries(record.tables).map(([name, { identity, leaves, sums }]) => {
    const kept = sums.map((sum) => sum.map(BigInt) as [bigint, bigint, bigint, bigint]);
    const bySum = new Map(kept.map(([leaf, rows, first, second]) => [leaf, { rows, first, second }]));
    return [name, { identity, leaves, sums: bySum }] as const;
  });
  const stillHolds = async (now: Snapshot) => {
    const { system, next } = await transactionsOf(now);
    const passed = BigInt(next) - horizon;
    return system === record.system && passed >= 0n && passed < mostTransactions;
  };
  return { horizon, tables: new Map(tables), stillHolds };
}

/** Columns and what holds the rows, as the catalog knows them: other ones are another table, whatever their names. */
export function identityOf({ columns, key, parts }: TableShape): string {
  return digestOf({ columns, key, parts: parts.map(({ oid }) => oid).sort() });
}

async function transactionsOf(snapshot: Snapshot) {
  const client = firstSession(snapshot);
  const { rows } = await client.query<{ horizon: string; next: string }>(readTransactions);
  const [found] = rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return { ...found, system: (await databaseIdentity(client)).identity };
}
