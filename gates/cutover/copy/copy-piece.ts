import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { gateError } from '../../kernel/gate-error.ts';
import { databaseId } from '../database-id.ts';
import type { Session, Task } from '../work/task.ts';
import type { CopyPiece } from './copy-plan.ts';

/** A piece with what holds for all pieces of its run. */
export interface BoundPiece extends CopyPiece {
  /** `databaseId` of the source. */
  readonly database: string;
  /** Build of the candidate that the rows are for. */
  readonly build: string;
  readonly statementSeconds: number;
  /** Whether triggers of the target can be left out by `session_replication_role`. */
  readonly replica: boolean;
}

/** What a piece came to. */
export interface CopiedPiece {
  readonly rows: number;
  /** Bytes that went over the wire. */
  readonly bytes: number;
}

/** All on which the text of a value depends, for what writes it and for what reads it. */
const pinned = `
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local timezone = 'UTC';
set local extra_float_digits = 3;
set local bytea_output = 'hex';
set local lc_monetary = 'C';
set local xmloption = 'content';
set local client_encoding = 'UTF8'`;
/** Row security off is an error where a policy would hide rows. */
const begin = `begin isolation level repeatable read read only`;
const whole = `set local row_security = off; set local synchronize_seqscans = off; set local max_parallel_workers_per_gather = 0`;
const sameFile = `select pg_relation_filenode($1::regclass)::text as file`;
/** Holds up whoever begins another build, or ends this one, until the piece has committed. */
const isBuilding = `select from sallyport.candidate where build = $1 and state = 'building' for share`;

/**
 * Streams a piece's rows from the source into the target, where they commit with the piece's mark. Nothing is kept but what is on
 * the way. @throws GateError COPY_SOURCE_CHANGED.
 */
export const copyPiece: Task = async (payload, { work, session, signal }): Promise<CopiedPiece> => {
  const piece = payload as BoundPiece;
  const source = await session('source', 'source', (fresh) => checkSource(fresh, piece));
  await openTarget(work, piece);
  await openSource(source, piece);
  const { reads, writes } = statements(piece);
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const [out, into] = [source.query(copyTo(reads)), work.query(copyFrom(writes))];
  // The pipeline tells what went wrong; a stream whose session is closed after that says so once more.
  for (const stream of [out, into]) stream.on('error', () => undefined);
  await pipeline(out, counted, into, { signal });
  await source.query('commit');
  if (out.rowCount !== into.rowCount) {
    throw new Error(`${piece.table} took ${into.rowCount} of ${out.rowCount} rows; needed all of them`);
  }
  return { rows: into.rowCount, bytes };
};

async function checkSource(source: Session, { database }: BoundPiece): Promise<void> {
  await source.query(`select set_config('search_path', 'pg_catalog', false)`);
  const found = await databaseId(source);
  if (found !== database) throw gateError('COPY_SOURCE_CHANGED', 'source', `database ${found}`, database);
}

async function openSource(source: Session, { part, file, statementSeconds }: BoundPiece): Promise<void> {
  await source.query(begin);
  await source.query(`${pinned}; ${whole}; set local lock_timeout = '5s'; set local statement_timeout = '${statementSeconds}s';
    set local idle_in_transaction_session_timeout = '${statementSeconds}s'`);
  // With the lock nobody rewrites the table between this look and the copy.
  await source.query(`lock table only ${part} in access share mode`);
  const { rows } = await source.query<{ file: string | null }>(sameFile, [part]);
  const found = rows[0]?.file ?? '';
  if (found !== file) throw gateError('COPY_SOURCE_CHANGED', part, `file ${found}`, `${file}, as when it was divided`);
}

async function openTarget(work: Session, { build, statementSeconds, replica }: BoundPiece): Promise<void> {
  await work.query(`${pinned}; set local lock_timeout = '30s'; set local statement_timeout = '${statementSeconds}s'`);
  if (replica) await work.query('set local session_replication_role = replica');
  const { rowCount } = await work.query(isBuilding, [build]);
  if (rowCount !== 1) throw new Error(`the candidate is not of build ${build} any more`);
}

function statements({ table, part, columns, from, to, format }: CopyPiece) {
  const names = columns.map((name) => pg.escapeIdentifier(name));
  const range = [
    ...(from === null ? [] : [`t.ctid >= '(${from},0)'`]),
    ...(to === null ? [] : [`t.ctid < '(${to},0)'`]),
  ];
  const where = range.length === 0 ? '' : ` where ${range.join(' and ')}`;
  const selected = names.map((name) => `t.${name}`).join(', ');
  // Without a list COPY takes all columns but the generated ones: here, none.
  const listed = names.length === 0 ? '' : ` (${names.join(', ')})`;
  return {
    reads: `copy (select ${selected} from only ${part} t${where}) to stdout with (format ${format})`,
    writes: `copy ${table}${listed} from stdin with (format ${format})`,
  };
}
