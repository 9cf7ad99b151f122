import { groupsOf } from './groups.ts';

/** Length → countries whose IBAN has it: the registry of ISO 13616, release 100 (https://www.swift.com/standards/data-standards/iban). */
const countries: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK FI FK FO GL NL SD',
  19: 'MK SI',
  20: 'AT BA EE KZ LT LU MN XK',
  21: 'CH HR LI LV',
  22: 'BG BH CR DE GB GE IE ME RS VA',
  23: 'AE GI IL IQ OM SO TL',
  24: 'AD CZ ES MD PK RO SA SE SK TN VG',
  25: 'LY PT ST',
  26: 'IS TR',
  27: 'BI DJ FR GR IT MC MR SM',
  28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
  29: 'BR EG PS QA UA',
  30: 'JO KW MU YE',
  31: 'MT SC',
  32: 'LC',
  33: 'RU',
};
const lengths: ReadonlyMap<string, number> = new Map(
  Object.entries(countries).flatMap(([length, codes]) =>
    codes.split(' ').map((code) => [code, Number(length)] as const),
  ),
);

/** The first IBAN in a run of groups: it begins and ends with one, and is as long as its country has it. */
export function findIban(run: string): string | undefined {
  const groups = groupsOf(run);
  for (const [index, { text, start }] of groups.entries()) {
    const length = lengths.get(text.slice(0, 2));
    if (length === undefined) continue;
    let compact = '';
    for (let next = index; compact.length < length && next < groups.length; next += 1) {
      compact += groups[next]?.text;
      if (compact.length === length && iban(compact)) return run.slice(start, groups[next]?.end);
    }
  }
  return undefined;
}

/** ISO 13616: as long as its country has it; the first four characters moved to the end, letters as 10 to 35, the number mod 97 is 1. */
export function iban(text: string): boolean {
  const compact = text.replaceAll(/[ -]/g, '');
  if (compact.length !== lengths.get(compact.slice(0, 2)) || !/^[A-Z]{2}[0-9]{2}[0-9A-Z]+$/.test(compact)) return false;
  const moved = `${compact.slice(4)}${compact.slice(0, 4)}`;
  const number = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(number) % 97n === 1n;
}
