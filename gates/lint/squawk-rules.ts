import type { LintCode, Weight } from './rule.ts';

/** A rule of squawk as it is used here. */
export interface SquawkRule {
  readonly code: LintCode;
  readonly weight: Weight;
  /** Whether it is about a table in use: no hazard on one that an earlier pending migration made. */
  readonly inUse: boolean;
  /** Why it is off unless policy turns it on: the rule here that says it, or the reason. */
  readonly off?: string;
}

/** Every rule of squawk 2.61, with its weight unless policy says otherwise. https://squawkhq.com/docs/rules */
export const squawkRules: Readonly<Record<string, SquawkRule>> = {
  'require-concurrent-index-creation': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'require-concurrent-index-deletion': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'require-concurrent-partition-detach': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'require-concurrent-reindex': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'constraint-missing-not-valid': { code: 'LINT_REWRITE', weight: 'BLOCKER', inUse: true },
  'adding-field-with-default': { code: 'LINT_REWRITE', weight: 'BLOCKER', inUse: true },
  'adding-foreign-key-constraint': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'adding-not-nullable-field': { code: 'LINT_REWRITE', weight: 'BLOCKER', inUse: true },
  'adding-serial-primary-key-field': { code: 'LINT_LOCK', weight: 'OFF', inUse: true, off: 'primary-key' },
  'changing-column-type': { code: 'LINT_REWRITE', weight: 'BLOCKER', inUse: true },
  'disallowed-unique-constraint': { code: 'LINT_LOCK', weight: 'BLOCKER', inUse: true },
  'adding-required-field': { code: 'LINT_DATA', weight: 'BLOCKER', inUse: true },
  'prefer-repack': { code: 'LINT_REWRITE', weight: 'OFF', inUse: true, off: 'cluster and vacuum-full' },
  'ban-create-domain-with-constraint': { code: 'LINT_PRACTICE', weight: 'WARNING', inUse: false },
  'ban-alter-domain-with-add-constraint': { code: 'LINT_REWRITE', weight: 'BLOCKER', inUse: false },
  'ban-concurrent-index-creation-in-transaction': {
    code: 'LINT_TRANSACTION',
    weight: 'OFF',
    inUse: false,
    off: 'not-in-transaction',
  },
  'ban-uncommitted-transaction': { code: 'LINT_TRANSACTION', weight: 'BLOCKER', inUse: false },
  'transaction-nesting': { code: 'LINT_TRANSACTION', weight: 'BLOCKER', inUse: false },
  'prefer-robust-stmts': {
    code: 'LINT_PRACTICE',
    weight: 'OFF',
    inUse: false,
    off: 'the history says what is applied, and IF NOT EXISTS keeps an invalid index',
  },
  'require-lock-timeout': {
    code: 'LINT_LOCK',
    weight: 'OFF',
    inUse: false,
    off: 'lock_timeout is set on the migrating role (gate migrate)',
  },
  'require-statement-timeout': {
    code: 'LINT_LOCK',
    weight: 'OFF',
    inUse: false,
    off: 'statement_timeout is set on the migrating role (gate migrate)',
  },
  'renaming-column': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: true, off: 'rename-object' },
  'renaming-table': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: true, off: 'rename-object' },
  'ban-drop-column': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: true, off: 'drop-column' },
  'ban-drop-table': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: true, off: 'drop-table' },
  'ban-drop-database': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: false, off: 'drop-data' },
  'ban-drop-not-null': { code: 'LINT_COMPATIBILITY', weight: 'WARNING', inUse: true },
  'ban-truncate-cascade': { code: 'LINT_COMPATIBILITY', weight: 'OFF', inUse: true, off: 'truncate' },
  'prefer-bigint-over-int': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'prefer-bigint-over-smallint': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'prefer-identity': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'prefer-text-field': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'prefer-timestamp-tz': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'ban-char-field': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'require-enum-value-ordering': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'require-table-schema': { code: 'LINT_PRACTICE', weight: 'OFF', inUse: false, off: 'a matter of taste' },
  'identifier-too-long': { code: 'LINT_PRACTICE', weight: 'WARNING', inUse: false },
};

/** Rules here that say the same as one of squawk's, and say it better: squawk proposes NOT VALID for EXCLUDE, say. */
export const saidBetter: Readonly<Record<string, readonly string[]>> = {
  'constraint-missing-not-valid': ['exclusion-constraint'],
  'adding-field-with-default': ['stored-generated-column', 'serial-column'],
  'changing-column-type': ['narrowing-type'],
  'disallowed-unique-constraint': ['primary-key'],
};
