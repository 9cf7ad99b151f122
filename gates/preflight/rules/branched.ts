import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightInputs } from '../facts.ts';

/** Where migrations name the ones before them, each of those is there and one of them is the last (A1). */
export function branched({ release }: Pick<PreflightInputs, 'release'>): readonly Finding[] {
  const files = release.migrations.files.filter((file) => file.after !== undefined);
  const known = new Set(files.map((file) => file.name));
  const followed = new Set(files.flatMap((file) => file.after ?? []));
  const gaps = files.flatMap((file) =>
    (file.after ?? [])
      .filter((name) => !known.has(name))
      .map((name) =>
        blocker(
          'MIGRATION_DIRECTORY_INVALID',
          file.file,
          `it follows ${name}, which is not there`,
          'the revision before it',
        ),
      ),
  );
  const heads = files.filter((file) => !followed.has(file.name));
  if (heads.length < 2) return gaps;
  const found = `${heads.length} heads: ${heads.map((file) => file.file).join(', ')}`;
  return [...gaps, blocker('MIGRATION_BRANCHED', heads.at(-1)?.file ?? 'migrations', found, 'one head')];
}
