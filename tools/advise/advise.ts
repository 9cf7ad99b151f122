import { type ReasonCode, reasonCodes } from '../../gates/kernel/reason-codes.ts';

/** What was found out about a promotion stack and its database. `undefined` means that it could not be found out. */
export interface FoundState {
  /** Who holds the promotion lock, if anybody. */
  readonly inProgress: string | undefined;
  /** Accepted releases, newest first. */
  readonly accepted: readonly { readonly sha: string; readonly mode: string; readonly migrations: readonly string[] }[];
  /** The release before the current one that passed its smoke suite on the schema as it is, if there is one. */
  readonly wayBack: string | undefined;
  /** Whether the accepted release passed its smoke suite on the schema as it is. */
  readonly acceptedProven: boolean;
  readonly hold: { readonly sha: string; readonly placedAt: string } | undefined;
  /** The newest attempt of any gate; `verdict` is null while it is open. */
  readonly last:
    | { readonly gate: string; readonly sha: string; readonly verdict: string | null; readonly reason: string | null }
    | undefined;
  readonly applied: readonly string[] | undefined;
  readonly invalidIndexes: readonly string[];
  readonly drift: readonly string[];
  /** Services whose traffic is not all on the accepted release; undefined when the platform does not answer. */
  readonly servingOther: readonly string[] | undefined;
  /** Newest first. */
  readonly restorePoints: readonly { readonly name: string; readonly takenAt: string; readonly restore: string }[];
  /** The tool's own command that takes one migration back. */
  readonly down: string;
}

/** Which recovery applies. */
export type Recovery =
  | 'nothing'
  | 'wait'
  | 'look-again'
  | 'run-again'
  | 'drop-invalid-index'
  | 'undo-drift'
  | 'fix-forward'
  | 'down-or-restore'
  | 'resume';

/** What to do now, why, and by which commands; and whether there is a way back to the release before. */
export interface Advice {
  readonly recovery: Recovery;
  readonly why: readonly string[];
  readonly commands: readonly string[];
  readonly back: { readonly possible: boolean; readonly why: string; readonly command?: string };
}

const up = 'npm run pulumi -- up';
const preview = 'npm run pulumi -- preview';

/** The decision tree of recovery (C8): the first thing that is wrong decides, the most urgent first. */
export function advise(state: FoundState): Advice {
  return { ...recoveryOf(state), back: backOf(state) };
}

function recoveryOf(state: FoundState): Omit<Advice, 'back'> {
  const { inProgress, applied, servingOther, accepted, last, invalidIndexes, drift, hold } = state;
  if (inProgress !== undefined) {
    return advice('wait', [`a promotion is under way: ${inProgress}`], ['npm run advise']);
  }
  if (applied === undefined || servingOther === undefined) {
    const what = applied === undefined ? 'the migration history cannot be read' : 'the platform does not answer';
    return advice('look-again', [`${what}, so nothing can be said for sure; nothing should be changed`], ['npm start']);
  }
  if (last?.verdict === null) {
    return advice('run-again', [`gate ${last.gate} was cut off; the next run finds out where, and goes on`], [up]);
  }
  const ahead = aheadOf(state, applied);
  if (last?.reason === 'SMOKE_PREVIOUS_FAILED' && ahead.length > 0 && !state.acceptedProven)
    return broken(state, ahead);
  if (invalidIndexes.length > 0) {
    const commands = invalidIndexes.map((name) => `drop index concurrently ${name};`);
    return advice(
      'drop-invalid-index',
      ['an index was left unfinished: it costs writes and serves no read'],
      [...commands, up],
    );
  }
  if (drift.length > 0) {
    const why = ['the schema was changed outside of migrations:', ...drift];
    return advice('undo-drift', why, ['undo it by hand, or bring it in by a migration that allows for it', preview]);
  }
  if (servingOther.length > 0) {
    const why = [`not all traffic is on the accepted release: ${servingOther.join(', ')}`];
    return advice('run-again', [...why, 'the flip converges, or puts the old weights back'], [up]);
  }
  if (hold !== undefined) {
    const why = [`a rollback to ${hold.sha} put promotion on hold at ${hold.placedAt}`];
    return advice('resume', why, ['npm run resume -- --by <role> --reason "<why it is safe to go forward>"']);
  }
  if (last !== undefined && last.verdict !== 'passed') return forward(state, ahead);
  const serves = accepted[0] === undefined ? 'nothing was accepted yet' : `${accepted[0].sha} is accepted and serves`;
  return advice('nothing', [`${serves}; nothing is left half-done`], []);
}

/** Applied migrations that the accepted release does not have. */
function aheadOf({ accepted }: FoundState, applied: readonly string[]): readonly string[] {
  const known = new Set(accepted[0]?.migrations ?? []);
  return accepted[0] === undefined ? [] : applied.filter((name) => !known.has(name));
}

/** The release that serves does not work on the schema that is there: users are hit now. */
function broken({ restorePoints, down }: FoundState, ahead: readonly string[]): Omit<Advice, 'back'> {
  const why = [
    `the release that serves fails on the new schema, which has ${ahead.join(', ')}`,
    'taking the migration back keeps every write since; a restore loses them',
  ];
  const [point] = restorePoints;
  const downs = ahead.toReversed().map((name) => `${down}   # ${name}`);
  if (point === undefined) return advice('down-or-restore', [...why, 'there is no restore point'], downs);
  const restore = `${point.restore}   # only if there is no way down: as of ${point.takenAt}`;
  return advice('down-or-restore', why, [...downs, restore]);
}

/** A gate said no. What serves is what served before; what is applied stays. */
function forward({ last, acceptedProven }: FoundState, ahead: readonly string[]): Omit<Advice, 'back'> {
  const code = last?.reason ?? 'no reason on record';
  const known = Object.hasOwn(reasonCodes, code) ? reasonCodes[code as ReasonCode] : undefined;
  const kept = acceptedProven ? ', and passed its smoke suite on it' : '';
  const schema =
    ahead.length === 0
      ? 'the schema is that of the release that serves'
      : `the schema is ahead by ${ahead.join(', ')}; the release that serves goes on on it${kept}`;
  const why = [`gate ${last?.gate} closed on ${code} for ${last?.sha}`, schema, ...(known ? [known.means] : [])];
  return advice('fix-forward', why, [...(known ? [known.recovery] : []), preview, up]);
}

/** Whether the release before can be replayed: it must be proven on the schema as it is. */
function backOf({ accepted, wayBack, hold, inProgress }: FoundState): Advice['back'] {
  const [current, ...earlier] = accepted;
  if (inProgress !== undefined) return { possible: false, why: 'a promotion is under way' };
  if (current === undefined || earlier.length === 0) return { possible: false, why: 'no earlier release was accepted' };
  if (hold !== undefined || current.mode === 'rollback') {
    return { possible: false, why: 'the release that serves is itself a rollback: fix forward' };
  }
  if (wayBack === undefined) {
    const why = 'no earlier release is proven on the schema as it is: that needs a way down, or a restore';
    return { possible: false, why };
  }
  return {
    possible: true,
    why: `${wayBack} passed its smoke suite on this schema`,
    command: `npm run rollback -- ${wayBack}`,
  };
}

function advice(recovery: Recovery, why: readonly string[], commands: readonly string[]): Omit<Advice, 'back'> {
  return { recovery, why, commands };
}
