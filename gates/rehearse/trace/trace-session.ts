import type { Socket } from 'node:net';
import { type Statement, statementsOf } from '../../sql/statements.ts';
import { boundName, type Frame, onlyValue, parseTexts, queryFrame, queryText } from './frames.ts';
import { type Exchange, type ServerSide, serverSide } from './server-side.ts';
import {
  type Effects,
  effectsBetween,
  type Snapshot,
  snapshotAfter,
  snapshotOf,
  touchedSnapshot,
  wholeSnapshot,
} from './snapshot.ts';
import type { TracedStatement } from './traced.ts';
import { watchAlone } from './watch-alone.ts';

/** Statements that change no table, and between which a query of ours could be in the way. */
const untraced: ReadonlySet<string> = new Set(['TransactionStmt', 'VariableSetStmt', 'VariableShowStmt']);
/** Statements whose code may end a transaction, which it may not inside of ours. */
const procedural: ReadonlySet<string> = new Set(['DoStmt', 'CallStmt']);
/** Statements that drop prepared ones, ours with them. */
const forgets: ReadonlySet<string> = new Set(['DeallocateStmt', 'DiscardStmt']);
/** Statements behind which nothing may be sent before they have ended: it would be data to them, or find no plan of ours. */
const takesMore: ReadonlySet<string> = new Set(['CopyStmt', ...forgets]);
const prepareLook = `prepare sallyport_look as ${touchedSnapshot}`;
const executeLook = 'execute sallyport_look';
const endsTransaction = '2D000';
const unreadable = 'unreadable';
const nothing: Effects = { locks: [], rewritten: [], indexed: [], scanned: [], changed: [] };

/** What a traced session needs from the one that made it. */
export interface TraceContext {
  /** An address of the shadow for sessions of our own. */
  readonly url: string;
  readonly toClient: (bytes: Buffer) => void;
  readonly record: (statement: TracedStatement) => void;
  /** Takes the last record back: the statement is run again in another way. */
  readonly takeBack: () => void;
  /** A new number for a transaction. */
  readonly transaction: () => number;
}

/** The snapshot in the answer to a look. @throws Error when there is none: the trace is then blind. */
function seen({ answers, error }: Exchange): Snapshot {
  const row = answers.find((frame) => frame.type === 'D');
  if (row === undefined) throw new Error(`the trace could not look: ${error?.message ?? 'no row'}`);
  return snapshotOf(onlyValue(row));
}

/**
 * One session of the migration tool. Its statements go to the server one at a time; after each, and before the tool
 * hears of it, we look at what the session holds and has done. What may run in a transaction does, so that its locks
 * are still there when we look.
 */
export function traceSession(socket: Socket, context: TraceContext) {
  const server = serverSide(socket, context.toClient);
  const prepared = new Map<string, Statement | undefined>();
  let base: Snapshot | undefined;
  let planned = false;
  let transaction = 0;
  let bound: Statement | undefined;
  let executed: { statement: Statement; since: number; watch?: Awaited<ReturnType<typeof watchAlone>> } | undefined;
  /** How the messages up to the next Sync run: in the tool's own transaction, in one that we put around them, or in none. */
  let batch: 'none' | 'theirs' | 'ours' | 'alone' = 'none';

  const look = async (query = wholeSnapshot): Promise<Snapshot> => seen(await server.exchange(queryFrame(query)));
  const before = async () => {
    if (base !== undefined) return;
    transaction = context.transaction();
    base = await look();
  };
  /** What a look costs is mostly its plan, so it is planned once a session. */
  const plan = async () => {
    if (planned) return;
    const { error } = await server.exchange(queryFrame(prepareLook));
    if (error !== undefined) throw new Error(`the trace could not look: ${error.message}`);
    planned = true;
  };
  const record = (statement: Statement, ms: number, effects: Effects, error: Exchange['error']) => {
    const { sql, kind, alone, waiting, buildsIndex } = statement;
    context.record({ sql, kind, alone, waiting, buildsIndex, transaction, ms, ...effects, ...(error && { error }) });
  };
  const after = (statement: Statement, ms: number, now: Snapshot) => {
    if (base === undefined) throw new Error(`the trace could not look before: ${statement.sql}`);
    record(statement, ms, effectsBetween(base, now), undefined);
    base = snapshotAfter(base, now);
  };
  const flush = ({ answers }: Exchange) => {
    for (const { bytes } of answers) context.toClient(bytes);
  };

  const runOne = async (statement: Statement): Promise<Exchange> => {
    if (untraced.has(statement.kind)) {
      base = undefined;
      return server.exchange(queryFrame(statement.sql));
    }
    if (server.state === 'T') await before();
    if (server.state === 'T') await plan();
    const since = performance.now();
    const running = server.exchange(queryFrame(statement.sql));
    // The look goes out right behind the statement, and is refused with it where that fails.
    const looking = takesMore.has(statement.kind) ? undefined : server.exchange(queryFrame(executeLook));
    looking?.catch(() => undefined); // a connection that ends is told once, below
    const exchange = await running;
    const ms = performance.now() - since;
    if (exchange.error !== undefined) record(statement, ms, nothing, exchange.error);
    if (forgets.has(statement.kind)) planned = false;
    const looked = await looking;
    if (exchange.error === undefined)
      after(statement, ms, looked === undefined ? await look(touchedSnapshot) : seen(looked));
    return exchange;
  };
  /** Runs what PostgreSQL takes only outside of a transaction, watched from other sessions. */
  const runAlone = async (statement: Statement): Promise<Exchange> => {
    base = undefined;
    await before();
    const was = base ?? (await look());
    const watch = await watchAlone(context.url, server.pid);
    const since = performance.now();
    const exchange = await server.exchange(queryFrame(statement.sql));
    const ms = performance.now() - since;
    const locks = await watch.end();
    const effects = exchange.error === undefined ? effectsBetween(was, await look()) : nothing;
    record({ ...statement, alone: true }, ms, { ...effects, locks }, exchange.error);
    base = undefined;
    return exchange;
  };
  /** Statements that the tool sent without a transaction get one, as PostgreSQL gives them itself. */
  const runInOurs = async (statements: readonly Statement[]): Promise<Exchange> => {
    await server.exchange(queryFrame('begin'));
    const exchanges: Exchange[] = [];
    for (const statement of statements) {
      const exchange = await runOne(statement);
      exchanges.push(exchange);
      if (exchange.error === undefined) continue;
      const { ready } = await server.exchange(queryFrame('rollback'));
      base = undefined;
      const [only] = statements;
      if (statements.length === 1 && only && procedural.has(only.kind) && exchange.error.code === endsTransaction) {
        context.takeBack();
        return runAlone(only);
      }
      return { ...exchange, answers: exchanges.flatMap(({ answers }) => answers), ready };
    }
    const commit = await server.exchange(queryFrame('commit'));
    base = undefined;
    const answers = exchanges.flatMap((each) => each.answers);
    if (commit.error === undefined) return { answers, ready: commit.ready };
    return { ...commit, answers: [...answers, ...commit.answers.filter((frame) => frame.type === 'E')] };
  };

  const query = async (frame: Frame): Promise<void> => {
    const known = await statementsOf(queryText(frame)).catch(() => undefined); // the server says what is wrong with it
    const statements = known ?? [];
    const whole = server.state === 'I' && statements.length > 1 && !statements.some((each) => untraced.has(each.kind));
    let last: Exchange | undefined;
    if (server.state !== 'E' && whole && !statements.some((each) => each.alone)) last = await runInOurs(statements);
    else if (server.state !== 'E' && !whole) {
      for (const statement of statements) {
        if (last !== undefined) flush(last);
        last = await runByState(statement);
        if (last.error !== undefined) break;
      }
    }
    last ??= await server.exchange(frame.bytes);
    if (known === undefined) taken(queryText(frame), last);
    flush(last);
    context.toClient(last.ready.bytes);
  };
  const runByState = (statement: Statement): Promise<Exchange> => {
    if (server.state !== 'I' || untraced.has(statement.kind)) return runOne(statement);
    return statement.alone ? runAlone(statement) : runInOurs([statement]);
  };

  /** What our parser cannot read must not be anything to the server either. */
  const taken = (sql: string, { error }: Exchange) => {
    if (error === undefined) throw new Error(`the trace cannot read what the shadow took: ${sql}`);
  };
  /** Looks before the first message of a batch goes out: between its messages, and before a commit of its own, nobody can. */
  const begins = async (statement: Statement | undefined): Promise<void> => {
    if (batch !== 'none') return;
    batch = 'theirs';
    if (statement === undefined || untraced.has(statement.kind)) return;
    if (server.state === 'I') {
      base = undefined;
      batch = statement.alone || procedural.has(statement.kind) ? 'alone' : 'ours';
      if (batch === 'ours') await server.exchange(queryFrame('begin'));
    }
    if (server.state !== 'E') await before();
  };
  /** Ends the transaction that we put around a batch; the tool hears of it what it would have heard without. */
  const ends = async (exchange: Exchange): Promise<Exchange> => {
    const end = await server.exchange(queryFrame(exchange.error === undefined ? 'commit' : 'rollback'));
    base = undefined;
    return { ready: end.ready, answers: [...exchange.answers, ...end.answers.filter((frame) => frame.type === 'E')] };
  };

  const extended: Record<string, (frame: Frame) => Promise<void>> = {
    P: async (frame) => {
      const { name, sql } = parseTexts(frame);
      const [statement] = await statementsOf(sql).catch(() => [
        { sql, kind: unreadable, alone: false, waiting: false },
      ]);
      prepared.set(name, statement);
      await begins(statement);
      server.send(frame.bytes);
    },
    B: async (frame) => {
      bound = prepared.get(boundName(frame));
      await begins(bound);
      server.send(frame.bytes);
    },
    E: async (frame) => {
      if (bound !== undefined) {
        const watch = batch === 'alone' ? await watchAlone(context.url, server.pid) : undefined;
        executed = { statement: bound, since: performance.now(), ...(watch && { watch }) };
      }
      server.send(frame.bytes);
    },
    S: async (frame) => {
      const [run, how] = [executed, batch];
      executed = undefined;
      batch = 'none';
      let exchange = await server.exchange(frame.bytes);
      if (run?.statement.kind === unreadable) taken(run.statement.sql, exchange);
      if (run !== undefined && untraced.has(run.statement.kind)) base = undefined;
      else if (run !== undefined) {
        const ms = performance.now() - run.since;
        if (forgets.has(run.statement.kind)) planned = false;
        if (how === 'alone' && base !== undefined) {
          const locks = (await run.watch?.end()) ?? [];
          const effects = exchange.error === undefined ? effectsBetween(base, await look()) : nothing;
          record({ ...run.statement, alone: true }, ms, { ...effects, locks }, exchange.error);
        } else if (exchange.error !== undefined) record(run.statement, ms, nothing, exchange.error);
        else after(run.statement, ms, await look(touchedSnapshot));
      }
      if (how === 'ours') exchange = await ends(exchange);
      if (how === 'alone') base = undefined;
      flush(exchange);
      context.toClient(exchange.ready.bytes);
    },
  };

  return {
    server: server as ServerSide,
    /** Takes one message of the client; the next one only when this is done. */
    take: async (frame: Frame): Promise<void> => {
      const handle = frame.type === 'Q' ? query : extended[frame.type];
      if (handle === undefined) server.send(frame.bytes);
      else await handle(frame);
    },
  };
}
