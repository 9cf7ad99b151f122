import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { ExtensionRows, PreflightFacts, SideFacts } from '../facts.ts';

/**
 * What extensions keep for their users is on the target already, put there by hand: nothing of a cutover carries it. As
 * many rows let it through; whether they may differ (a job that is not to run yet) is for somebody to say.
 */
export function extensionRows({ source, target }: PreflightFacts): readonly Finding[] {
  return source.extensionRows
    .filter(({ rows }) => rows !== 0)
    .flatMap((each) =>
      findings(
        each,
        target.extensionRows.find(({ name }) => name === each.name),
        source,
        target,
      ),
    );
}

function findings(
  { extension, name, sequence, rows, digest }: ExtensionRows,
  there: ExtensionRows | undefined,
  source: SideFacts,
  target: SideFacts,
): readonly Finding[] {
  const about = `${name} of ${extension}`;
  if (sequence && rows !== null) {
    if (digest === there?.digest) return [];
    const found = there === undefined ? 'a sequence that is not on the target yet' : 'another value on the target';
    return [warning('EXTENSION_ROWS', about, found, `${digest}, set by hand with the rows that it numbered`)];
  }
  const unseen = rows === null ? source : there?.rows === null ? target : undefined;
  if (unseen !== undefined) {
    const where = unseen === source ? 'source' : 'target';
    const found = `rows that role ${unseen.operator.role} may not see on the ${where}`;
    return [blocker('EXTENSION_ROWS', about, found, 'a role that sees every row')];
  }
  const [here, has] = [countOf(rows ?? 0), countOf(there?.rows ?? 0)];
  if ((there?.rows ?? 0) < (rows ?? 0)) {
    return [blocker('EXTENSION_ROWS', about, `${here} of its users, ${has} on the target`, `${here} there`)];
  }
  if (digest !== null && digest === there?.digest) return [];
  return [warning('EXTENSION_ROWS', about, `${has} on the target that are not all alike`, 'a look at how they differ')];
}

function countOf(rows: number): string {
  return rows > 1000 ? 'more than 1000 rows' : `${rows} rows`;
}
