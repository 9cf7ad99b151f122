/** A kind of personal data: a pattern that the server looks for, and what a match must hold up to. */
export interface PiiPattern {
  readonly kind: string;
  /** A regular expression of PostgreSQL, without groups that capture. */
  readonly pattern: string;
  /** Whether a match is what it looks like: its checksum. */
  readonly holds: (match: string) => boolean;
}

/** What is always looked for; national numbers come by configuration. */
export const piiPatterns: readonly PiiPattern[] = [
  { kind: 'email', pattern: '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}', holds: () => true },
  { kind: 'payment card', pattern: '(?<![0-9A-Za-z-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z-])', holds: luhn },
  { kind: 'IBAN', pattern: '(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![0-9A-Za-z])', holds: iban },
];

/** ISO/IEC 7812: every second digit from the right is doubled, and the sum ends in 0. Equal digits throughout are no card. */
export function luhn(text: string): boolean {
  const digits = [...text.replaceAll(/[^0-9]/g, '')].map(Number);
  if (digits.length < 13 || digits.length > 19 || new Set(digits).size === 1) return false;
  const sum = digits.reverse().reduce((all, digit, index) => {
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    return all + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 13616: the first four characters moved to the end, letters as 10 to 35, the number mod 97 is 1. */
export function iban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  const moved = `${compact.slice(4)}${compact.slice(0, 4)}`;
  const number = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return /^[0-9]+$/.test(number) && BigInt(number) % 97n === 1n;
}

/** The beginning and the end of a match: enough to find it, not to use it. */
export function mask(match: string): string {
  return `${match.slice(0, 1)}${'*'.repeat(Math.max(1, match.length - 2))}${match.length > 2 ? match.slice(-1) : ''}`;
}
