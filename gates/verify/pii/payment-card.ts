import { groupsOf } from './groups.ts';

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

/** Lengths of groups as cards are printed with them; beside other numbers any other ones would make a card of every tenth list. */
const printed = /^(?:1[3-9]|4 4 4 [1-4]|4 4 4 4 [1-3]|4 6 [45]|6 13) $/;
const mostGroups = 5;
/** 19 digits with something between any two. */
const longest = 37;

/**
 * The first card in a run of digits: the run by itself, or groups of it that are printed like one. A run with a hyphen beside it is
 * a part of something else, a UUID, say; after a plus there is a telephone number, after a digit and a point a fraction.
 */
export function findCard(run: string): string | undefined {
  const [before = ''] = /^(?:\d[.]|\+)\d+/.exec(run) ?? [];
  const groups = groupsOf(run).filter(({ start }) => start >= before.length);
  if (run.length <= longest && /^\d[ -]?\d.*\d$/.test(run) && card(run)) return run;
  for (const [index, { start }] of groups.entries()) {
    let lengths = '';
    for (const { text, end } of groups.slice(index, index + mostGroups)) {
      lengths += `${text.length} `;
      if (printed.test(lengths) && card(run.slice(start, end))) return run.slice(start, end);
    }
  }
  return undefined;
}

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
