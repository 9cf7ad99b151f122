import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightInputs } from '../facts.ts';

/** A migration's file name fits the pattern, unless the legacy baseline lists it with the same content (A1, A2). */
export function naming({ release, naming, legacy }: PreflightInputs): readonly Finding[] {
  const pattern = new RegExp(naming.pattern);
  const files = release.migrations.files;
  const broken = files.filter((file) => !pattern.test(file.file));
  const names = broken
    .filter((file) => !legacy.some((entry) => entry.file === file.file && entry.sha256 === file.sha256))
    .map((file) => {
      const listed = legacy.some((entry) => entry.file === file.file);
      const found = listed ? 'a legacy exception with another content' : 'a name that breaks the naming rule';
      return blocker('MIGRATION_NAME', file.file, found, `${naming.pattern}, for example ${naming.example}`);
    });
  const stale = legacy
    .filter((entry) => !broken.some((file) => file.file === entry.file))
    .map((entry) =>
      warning('LEGACY_BASELINE_STALE', entry.file, 'no such exception in the release', 'a baseline that only shrinks'),
    );
  return [...names, ...stale];
}
