import type { ClientBase } from 'pg';
import { type CutoverEvent, cutoverEvents, recordEvent } from '../../kernel/ledger/cutover-event.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';

/** `default_transaction_read_only` of a role in the database, or of the database itself where no role is named. */
export interface SettingBefore {
  readonly role: string | null;
  /** Absent settings are null. */
  readonly before: string | null;
}

/** One right to write, as an access list has it. */
export interface WriteRight {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'sequence';
  /** Of a right to one column only. */
  readonly column: string | null;
  readonly owner: string;
  readonly grantor: string;
  /** Null is PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** What a freeze that was not thawed has changed, or was about to change. */
export interface FreezeJournal {
  readonly settings: readonly SettingBefore[];
  readonly rights: readonly WriteRight[];
  /** Rights that the operator was given for the time of the freeze. */
  readonly given: readonly WriteRight[];
  /** Of the first event, which says whose freeze it is; undefined where nothing is frozen. */
  readonly begun: number | undefined;
  /** When writes were first refused and when the freeze was proven, as PostgreSQL has it. */
  readonly stoppedAt: string | undefined;
  readonly frozenAt: string | undefined;
}

/** Steps in the ledger: each is there before what it says is done, `frozen` and `thawed` after. */
export const freezeSteps = {
  setting: 'freeze: setting',
  rights: 'freeze: rights',
  given: 'freeze: given',
  frozen: 'freeze: frozen',
  thawed: 'freeze: thawed',
} as const;

/** Reads what is to be undone on one side. */
export async function readFreezeJournal(
  ledger: ClientBase,
  { id }: Pick<Plan, 'id'>,
  side: Side,
): Promise<FreezeJournal> {
  const steps = Object.values<string>(freezeSteps);
  const events = (await cutoverEvents(ledger, id, steps)).filter(({ detail }) => detail.side === side);
  const begun = events.findLastIndex(({ step }) => step === freezeSteps.thawed) + 1;
  const since = events.slice(begun);
  const of = (step: string) => since.filter((event) => event.step === step);
  const rightsOf = (step: string) => of(step).flatMap(({ detail }) => detail.rights as WriteRight[]);
  return {
    settings: of(freezeSteps.setting).map(({ detail }) => detail as unknown as SettingBefore),
    rights: rightsOf(freezeSteps.rights),
    given: rightsOf(freezeSteps.given),
    begun: since[0]?.id,
    stoppedAt: of(freezeSteps.rights)[0]?.at,
    frozenAt: of(freezeSteps.frozen).at(-1)?.at,
  };
}

/** Since when the source is frozen, with a probe that proved it; undefined while it is not. */
export async function frozenSince(ledger: ClientBase, plan: Pick<Plan, 'id'>, side: Side = 'source') {
  return (await readFreezeJournal(ledger, plan, side)).frozenAt;
}

/**
 * Whether a side has stayed frozen since a step that was done in it: thawed in between it took writes that the step knows
 * nothing of, also where it was frozen again.
 */
export async function frozenThrough(
  ledger: ClientBase,
  plan: Pick<Plan, 'id'>,
  side: Side,
  { id }: Pick<CutoverEvent, 'id'>,
): Promise<boolean> {
  const { begun, frozenAt } = await readFreezeJournal(ledger, plan, side);
  return begun !== undefined && begun < id && frozenAt !== undefined;
}

/** Puts a change on record, before it is made. */
export function recordFreeze(
  ledger: ClientBase,
  { id }: Pick<Plan, 'id'>,
  side: Side,
  step: keyof typeof freezeSteps,
  detail: Readonly<Record<string, unknown>> = {},
) {
  return recordEvent(ledger, id, freezeSteps[step], { side, ...detail });
}

/** Names a right, to compare lists of them. */
export function rightKey({ owner: _, ...right }: WriteRight): string {
  return JSON.stringify([
    right.schema,
    right.name,
    right.column,
    right.grantor,
    right.grantee,
    right.privilege,
    right.grantable,
  ]);
}
