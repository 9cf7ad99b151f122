import { DateTime } from 'luxon';
import type { Change, Override, Window } from './change.ts';
import type { Hold } from './ledger/hold.ts';
import { blocker, type Finding, warning } from './verdict.ts';

/** What a promotion is, seen from what was accepted before. */
export type Mode = 'first' | 'forward' | 'rollback' | 'steady';

/** How long an emergency override may be given for, in hours: a standing one would be no window at all. */
const overrideHours = 24;

/** Whether a change may act now at all: it has an owner, the window is open, and nothing holds promotion back. */
export function admission(change: Change, now: Date, mode: Mode, hold: Hold | undefined): readonly Finding[] {
  const findings: Finding[] = [];
  if (change.owner.trim() === '') {
    findings.push(
      blocker('OWNER_MISSING', 'sallyport:change.owner', 'no owner', 'the role that answers for this change'),
    );
  }
  const closed = change.window === undefined ? undefined : closedBecause(change.window, now);
  if (closed !== undefined) findings.push(outside(closed, change.override, now));
  if (hold !== undefined && mode === 'forward') {
    const found = `promotion on hold since ${hold.placedAt}: rollback to ${hold.sha}`;
    findings.push(blocker('PROMOTION_ON_HOLD', 'hold', found, 'a hold that somebody has let go, with a reason'));
  }
  return findings;
}

/** Outside the window an emergency override that is in force makes it a warning, which the evidence keeps. */
function outside(closed: { found: string; needed: string }, override: Override | undefined, now: Date): Finding {
  if (override === undefined) return blocker('OUTSIDE_WINDOW', 'sallyport:change.window', closed.found, closed.needed);
  const { reason, by, expires } = override;
  const left = Date.parse(expires) - now.getTime();
  const given = `${closed.found}; overridden by ${by} until ${expires}: ${reason}`;
  const about = 'sallyport:change.override';
  if (left <= 0) return blocker('OVERRIDE_EXPIRED', about, given, `${closed.needed}, or an override that is in force`);
  const needed = `an override for ${overrideHours} hours at most`;
  if (left > overrideHours * 3_600_000) return blocker('OVERRIDE_TOO_LONG', about, given, needed);
  return warning('WINDOW_OVERRIDDEN', about, given, closed.needed);
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function closedBecause(window: Window, now: Date): { found: string; needed: string } | undefined {
  // Digits and day names of one language: times are compared as text.
  const local = DateTime.fromJSDate(now, { zone: window.timeZone }).setLocale('en-GB');
  const overnight = window.from > window.to;
  const time = local.toFormat('HH:mm');
  const open = overnight ? time >= window.from || time < window.to : time >= window.from && time < window.to;
  // After midnight, an overnight window belongs to the day it began on.
  const began = overnight && time < window.to ? local.minus({ days: 1 }) : local;
  const found = `${local.toFormat('ccc yyyy-LL-dd HH:mm')} ${window.timeZone}`;
  const needed = `${window.days.join(', ')} ${window.from}–${window.to} ${window.timeZone}`;
  if (window.freeze.includes(local.toISODate() ?? '') || window.freeze.includes(began.toISODate() ?? '')) {
    return { found: `${found}, a freeze day`, needed };
  }
  const day = days[began.weekday - 1];
  return open && day !== undefined && window.days.includes(day) ? undefined : { found, needed };
}
