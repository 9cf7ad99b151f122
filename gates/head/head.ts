import type { Client } from 'pg';
import { z } from 'zod';
import { baselineInputs, missingFrom } from '../baseline/inputs.ts';
import { failureOf, type Run, runMigrations } from '../baseline/run-migrations.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { connect } from '../kernel/database.ts';
import { digestOf } from '../kernel/digest.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { recordCatalog } from '../kernel/ledger/catalog.ts';
import { recordHashes } from '../kernel/ledger/migration-hash.ts';
import { redact } from '../kernel/redact.ts';
import { roleName } from '../kernel/role-name.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { readHistory } from '../migrate/history.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import { setRoleTimeouts } from '../migrate/role-timeouts.ts';
import { rowCounts } from '../restore-point/row-counts.ts';

/** A basic read: the statement must run, and give this many rows at least. */
export const readSchema = z.strictObject({
  sql: z.string().min(1).describe('one statement, run in a read-only transaction as the role app'),
  atLeast: z.number().int().min(0).default(1).describe('rows that it must give'),
});

const headInputs = baselineInputs.extend({
  timeouts: z.strictObject({ lock: z.string(), statement: z.string() }),
  reads: z.record(z.string(), readSchema),
});

type HeadInputs = z.infer<typeof headInputs>;

interface HeadFacts {
  readonly pending: readonly string[];
}

interface Read {
  readonly name: string;
  readonly rows: number | null;
  readonly failure: string | null;
}

interface HeadDone {
  readonly run: Run | undefined;
  readonly applied: readonly string[];
  readonly rows: Readonly<Record<string, number | null>>;
  readonly reads: readonly Read[];
  readonly catalog: string;
}

/** Applies the rest, and shows that the schema is that of an empty database at head, the rows are there and can be read. */
export const head = defineGate<HeadInputs, HeadFacts, HeadDone>({
  name: 'head',
  rules: 1,
  needs: ['snapshot', 'parity', 'stamp', 'drill'],
  inputs: headInputs,
  evidence: {
    file: 'head.json',
    body: z.object({
      pending: z.array(z.string()),
      history: z.array(z.string()).nullable(),
      rowsBefore: z.record(z.string(), z.number().nullable()),
      rowsAfter: z.record(z.string(), z.number().nullable()),
      reads: z.array(z.object({ name: z.string(), rows: z.number().int().nullable(), failure: z.string().nullable() })),
      logs: z.array(z.string()),
    }),
  },
  deadlineSeconds: () => 900,
  subject: ({ image, commands, reads }) => ({ image, commands, reads }),
  drift: async (world, { release }) => {
    const missing = missingFrom(release, await appliedNames(await world.database(), release));
    return missing.length === 0 ? undefined : `${missing.join(', ')} not applied`;
  },
  inspect: async (world, { release }) => ({
    pending: missingFrom(release, await appliedNames(await world.database(), release)),
  }),
  judge: () => [],
  act,
  conclude,
  report: (inputs, facts, done) => ({
    pending: facts?.pending ?? [],
    history: done?.applied ?? null,
    rowsBefore: rowsBefore(inputs),
    rowsAfter: done?.rows ?? {},
    reads: [...(done?.reads ?? [])],
    logs: done?.run?.lines ?? [],
  }),
  summary: (_inputs, facts, done) => {
    const rows = Object.values(done?.rows ?? {}).reduce<number>((sum, count) => sum + (count ?? 0), 0);
    return `${facts.pending.length} applied, ${done?.applied.length} in the history, ${rows} rows there, ${done?.reads.length} reads work`;
  },
});

async function act(world: World, inputs: HeadInputs, { pending }: HeadFacts): Promise<HeadDone> {
  const { release, database, timeouts } = inputs;
  const client = await world.database();
  await setRoleTimeouts(client, roleName(database, 'migrator'), timeouts);
  const run = pending.length === 0 ? undefined : await runMigrations(world, inputs, database, 'head');
  const { applied, recorded } = await readHistory(client, release.migrations);
  const done = new Set(applied);
  await recordHashes(
    client,
    release.migrations.files.filter((file) => done.has(file.name)),
  );
  const catalog = await readCatalog(client, applicationScope(release.migrations));
  await recordCatalog(client, historyDigest(recorded), catalog, world.attempt?.id ?? 0);
  const rows = Object.fromEntries([...(await rowCounts(client))].map(([table, count]) => [table, count ?? null]));
  const reads = await readAll(world, inputs);
  return { run, applied, rows, reads, catalog: digestOf(Object.fromEntries(catalog)) };
}

/** As the application does it: with its role, which has the rights that the migrations give it and no more. */
async function readAll(world: World, { reads, database, stack }: HeadInputs): Promise<readonly Read[]> {
  if (Object.keys(reads).length === 0) return [];
  const client = await connect(await world.platform(), database, 'app', `sallyport reads ${stack}`);
  try {
    const results: Read[] = [];
    for (const [name, { sql, atLeast }] of Object.entries(reads)) {
      results.push({ name, ...(await readOne(client, sql, atLeast)) });
    }
    return results;
  } finally {
    await client.end();
  }
}

async function readOne(client: Client, sql: string, atLeast: number): Promise<Omit<Read, 'name'>> {
  await client.query('begin read only');
  try {
    const rows = (await client.query(sql)).rowCount ?? 0;
    return { rows, failure: rows < atLeast ? `${rows} rows where ${atLeast} or more are needed` : null };
  } catch (error) {
    return { rows: null, failure: redact(messageOf(error)) };
  } finally {
    await client.query('rollback');
  }
}

function conclude(done: HeadDone, _facts: HeadFacts, inputs: HeadInputs): readonly Finding[] {
  const missing = missingFrom(inputs.release, done.applied);
  if (missing.length > 0) {
    const found = (done.run && failureOf(done.run, 'the migrations')) ?? 'a tool that ended well';
    return [blocker('HEAD_NOT_REACHED', missing[0] ?? 'head', found, `${missing.join(', ')} in the history`)];
  }
  const expected = receiptOf(inputs, 'parity').data.head;
  const other =
    done.catalog === expected
      ? []
      : [blocker('PARITY_DIFFERENCE', 'head', 'a schema that an empty database does not get', 'the same at head')];
  const lost = Object.entries(rowsBefore(inputs)).flatMap(([table, before]) => {
    const now = done.rows[table];
    if (before === null || (typeof now === 'number' && now >= before)) return [];
    return [blocker('ROWS_LOST', table, now === undefined ? 'no such table' : `${now} rows`, `${before} rows or more`)];
  });
  const reads = done.reads.flatMap(({ name, failure }) =>
    failure === null ? [] : [blocker('READ_FAILED', name, failure, 'a read that works')],
  );
  return [...other, ...lost, ...reads];
}

function rowsBefore(inputs: HeadInputs): Record<string, number | null> {
  return z.record(z.string(), z.number().nullable()).parse(receiptOf(inputs, 'snapshot').data.rows);
}
