import { digestOf } from '../../kernel/digest.ts';
import type { Progress } from '../../kernel/progress.ts';
import { readCandidate } from '../candidate.ts';
import type { Plan } from '../plan.ts';
import { serverVersion } from '../server-version.ts';
import { coordinate } from '../work/coordinate.ts';
import { hereWorkers } from '../work/here-workers.ts';
import { ownRun } from '../work/run-owner.ts';
import type { Session } from '../work/task.ts';
import type { StartWorkers } from '../work/workers.ts';
import { type BoundPiece, type CopiedPiece, copyPiece } from './copy-piece.ts';
import { planCopy } from './copy-plan.ts';
import { copyProgress } from './copy-progress.ts';
import { emptyTarget, replicaAllowed } from './copy-target.ts';

/** A copy of every row of a frozen source into a candidate that is being built. */
export interface CopyRequest {
  readonly source: () => Promise<Session>;
  readonly target: () => Promise<Session>;
  readonly plan: Pick<Plan, 'backfill'>;
  /** Of the candidate. */
  readonly build: string;
  /** Since when the source is frozen, in any form: with another one everything begins anew. */
  readonly epoch: string;
  readonly say: Progress;
  readonly signal: AbortSignal;
  /** Who copies; sessions of this process, as many as the plan has workers, unless others are to. */
  readonly start?: StartWorkers;
}

/** What was copied. */
export interface Copied {
  readonly tables: Readonly<Record<string, CopiedPiece>>;
  readonly parts: number;
  /** How many of the parts an earlier try had done. */
  readonly resumed: number;
}

const kind = 'copy';
/** Of how pieces are divided and done: pieces of another one are not gone on with. */
const pieceVersion = 1;
/** Owned beside the run, so that no two copies with different epochs are at one target. */
const everyCopy = 'copy';
const otherCopies = `delete from sallyport.work where kind = $1 and run <> $2`;

/**
 * Copies all rows in pieces, several at a time; a piece's rows commit with its mark. It may be killed anywhere: called again with the
 * same build and epoch it goes on with the pieces that are left, and in the end every row is there once. With another epoch, or
 * when the source's tables are not what they were, it empties the target and begins anew.
 * @throws GateError WORK_BUSY, WORK_FAILED, WORKERS_LOST, COPY_NOT_POSSIBLE; the signal's reason; what a server says.
 */
export async function copyAll(request: CopyRequest): Promise<Copied> {
  const { plan, say, signal } = request;
  const client = await request.target();
  try {
    await ownRun(client, everyCopy);
    await checkBuild(client, request.build);
    const { copy, run, common } = await planned(request, client);
    const tables = Object.fromEntries(copy.tables.map((name) => [name, { rows: 0, bytes: 0 }]));
    const progress = copyProgress(
      say,
      copy.pieces.reduce((all, { bytes }) => all + bytes, 0),
    );
    const start = request.start ?? hereWorkers(plan.backfill.workers, (side) => request[side](), { copy: copyPiece });
    let parts = 0;
    let resumed: number | undefined;
    await coordinate({
      client,
      run,
      kind,
      pieces: async () => {
        // The pieces first: a worker that an earlier copy left ends the one it is at, and takes no other.
        await client.query(otherCopies, [kind, run]);
        await checkBuild(client, request.build);
        await emptyTarget(client);
        return copy.pieces.map((piece): BoundPiece => ({ ...piece, ...common }));
      },
      start: (...of) => {
        resumed = parts;
        progress.begin();
        return start(...of);
      },
      signal,
      say,
      done: ({ payload, result }, { heard, of }) => {
        const { table, bytes: weight } = payload as BoundPiece;
        const copied = result as CopiedPiece;
        const { rows, bytes } = tables[table] ?? { rows: 0, bytes: 0 };
        tables[table] = { rows: rows + copied.rows, bytes: bytes + copied.bytes };
        progress.done({ ...copied, weight, heard, of });
        parts = heard;
      },
      keep: true,
    });
    return { tables, parts, resumed: resumed ?? parts };
  } finally {
    await client.end();
  }
}

/** The pieces, what is common to them, and a name that another source, layout, build or epoch does not have. */
async function planned({ source, plan, build, epoch }: CopyRequest, target: Session) {
  const replica = await replicaAllowed(target);
  const version = await serverVersion(target);
  const client = await source();
  try {
    const copy = await planCopy(client, version);
    const database = copy.layout.database;
    const common = { database, build, replica, statementSeconds: plan.backfill.statementSeconds };
    const run = `copy ${build} ${digestOf({ version: pieceVersion, epoch, layout: copy.layout }).slice(0, 16)}`;
    return { copy, run, common };
  } finally {
    await client.end();
  }
}

/** Only a candidate of this very build is emptied and filled. */
async function checkBuild(client: Session, build: string): Promise<void> {
  const candidate = await readCandidate(client);
  if (candidate?.build === build && candidate.state === 'building') return;
  const found = candidate === undefined ? 'no candidate' : `build ${candidate.build}, ${candidate.state}`;
  throw new Error(`the target is ${found}; needed build ${build} while it is being built`);
}
