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
  { kind: 'payment card', pattern: '(?<![0-9A-Za-z-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z-])', holds: card },
  { kind: 'IBAN', pattern: '(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![0-9A-Za-z])', holds: iban },
];

/**
 * First digits and lengths of the card networks (https://en.wikipedia.org/wiki/Payment_card_number): by the sum alone each tenth
 * number of a migration that is a date would be a card.
 */
const networks = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[689]\d)\d{11,16}$/,
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/,
  /^(?:50|5[6-8]|6\d)\d{11,17}$/,
];

/** A number that a card network gives out, with the right sum. */
export function card(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  return luhn(digits) && networks.some((network) => network.test(digits));
}

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
