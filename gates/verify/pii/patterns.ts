import { findIban } from './iban.ts';
import { findCard } from './payment-card.ts';

/** A kind of personal data: a pattern that the server looks for, and what of a match is of that kind. */
export interface PiiPattern {
  readonly kind: string;
  /** A regular expression of PostgreSQL, without groups that capture. */
  readonly pattern: string;
  /** The first part of a match that is what it looks like, by its checksum, say. */
  readonly find: (match: string) => string | undefined;
}

/**
 * What is always looked for; national numbers come by configuration. The server's matches do not overlap: of cards and IBANs it
 * gives the whole run of groups, however long, and what is in it is found here. What stands beside the digits of a
 * card comes with them, where it says that they are something else.
 */
export const piiPatterns: readonly PiiPattern[] = [
  pattern('email', '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}'),
  {
    kind: 'payment card',
    pattern: '(?:[0-9][.]|[+-])?(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){12,}(?![0-9A-Za-z])-?',
    find: findCard,
  },
  {
    kind: 'IBAN',
    pattern: '(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,}(?![0-9A-Za-z])',
    find: findIban,
  },
];

/** A kind whose every match is one. */
export function pattern(kind: string, expression: string): PiiPattern {
  return { kind, pattern: expression, find: (match) => match };
}

/** The beginning and the end of a match: enough to find it, not to use it. */
export function mask(match: string): string {
  return `${match.slice(0, 1)}${'*'.repeat(Math.max(1, match.length - 2))}${match.length > 2 ? match.slice(-1) : ''}`;
}
