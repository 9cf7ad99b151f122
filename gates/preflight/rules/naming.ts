import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightInputs } from '../facts.ts';

/** A migration's file name fits the pattern (A1, A2). */
export function naming({ release, naming }: Pick<PreflightInputs, 'release' | 'naming'>): readonly Finding[] {
  const pattern = new RegExp(naming.pattern);
  const { files, exceptions = [] } = release.migrations;
  return files
    .filter((file) => !pattern.test(file.file))
    .map((file) => {
      const listed = exceptions.some((entry) => entry.file === file.file && entry.rule === 'MIGRATION_NAME');
      const found = listed
        ? 'a name that breaks the naming rule, and an exception for another content'
        : 'a name that breaks the naming rule';
      return blocker('MIGRATION_NAME', file.file, found, `${naming.pattern}, for example ${naming.example}`);
    });
}
