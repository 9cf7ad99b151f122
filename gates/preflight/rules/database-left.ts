import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/**
 * The database is the one that the application has. After a cutover a promotion on the old one would migrate what nobody
 * uses, and, where it declares the apps, give them the old database back.
 */
export function databaseLeft(
  { database }: Pick<PreflightFacts, 'database'>,
  { platform }: Pick<PreflightInputs, 'platform'>,
): readonly Finding[] {
  const left = database?.left;
  if (left === undefined) return [];
  const { cutover, state, to = 'another database', since } = left;
  switch (state) {
    case 'flipped': {
      // Here the environment's pointer leads to it, which somebody has removed; see infra/local/pointer.ts.
      const needed =
        platform?.kind === 'local'
          ? 'the pointer of the environment to lead there'
          : 'sallyport:platform.server and sallyport:platform.database to name it';
      return [blocker('DATABASE_LEFT', `cutover ${cutover}`, `the application on ${to} since ${since}`, needed)];
    }
    case 'flipping':
    case 'undoing':
      return [blocker('FLIP_UNFINISHED', `cutover ${cutover}`, `a flip under way since ${since}`, 'none')];
    case 'returning':
      return [blocker('WAY_BACK_UNFINISHED', `cutover ${cutover}`, `a way back from ${to} under way`, 'none')];
    default:
      return state satisfies never;
  }
}
