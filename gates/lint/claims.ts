import { ownRules } from './catalogue.ts';

/** What a rule says that PostgreSQL will do to the table: the lock at the least, and whether all of it is read or written anew. */
export interface Claim {
  /** As pg_locks names it. */
  readonly lock: string;
  readonly work?: 'scan' | 'rewrite';
}

/** Of squawk's rules; ours say it themselves. A foreign key takes the weaker lock of those that want NOT VALID. */
const ofSquawk: Readonly<Record<string, Claim>> = {
  'require-concurrent-index-creation': { lock: 'ShareLock' },
  'require-concurrent-index-deletion': { lock: 'AccessExclusiveLock' },
  'require-concurrent-partition-detach': { lock: 'AccessExclusiveLock' },
  'require-concurrent-reindex': { lock: 'ShareLock' },
  'constraint-missing-not-valid': { lock: 'ShareRowExclusiveLock', work: 'scan' },
  'adding-field-with-default': { lock: 'AccessExclusiveLock', work: 'rewrite' },
  'adding-foreign-key-constraint': { lock: 'ShareRowExclusiveLock' },
  'adding-not-nullable-field': { lock: 'AccessExclusiveLock', work: 'scan' },
  'adding-serial-primary-key-field': { lock: 'AccessExclusiveLock' },
  'changing-column-type': { lock: 'AccessExclusiveLock', work: 'rewrite' },
  'disallowed-unique-constraint': { lock: 'AccessExclusiveLock' },
  'ban-alter-domain-with-add-constraint': { lock: 'ShareLock', work: 'scan' },
  'prefer-repack': { lock: 'AccessExclusiveLock', work: 'rewrite' },
};

/** What a rule claims of locks; undefined for one that is about something else. */
export function claimOf(id: string): Claim | undefined {
  const rule = ownRules.get(id);
  if (rule === undefined) return ofSquawk[id];
  if (!('lock' in rule) || rule.lock === undefined) return undefined;
  return { lock: rule.lock, ...(rule.rewrites && { work: 'rewrite' }) };
}
