import { differenceLine } from '../../catalog/compare.ts';
import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

const needed = 'the schema as the last migration left it';

/** The schema is what the migrations applied so far made of it: no object was changed by hand (C6). */
export function unmigrated({ database }: PreflightFacts, { driftPolicy }: PreflightInputs): readonly Finding[] {
  if (database === undefined) return [];
  const report = driftPolicy === 'warn' ? warning : blocker;
  return database.schema.differences.map((difference) =>
    report('DRIFT', difference.object, differenceLine(difference), needed),
  );
}
