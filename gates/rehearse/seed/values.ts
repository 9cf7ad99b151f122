import type { SeedColumn } from './tables.ts';

const longText = 3_000;
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/**
 * Values for a column, the wished one first: `n` makes rows differ where they must, `literals` are what the table's
 * check constraints speak of. All as text: PostgreSQL reads them as the column's type.
 */
export function valuesFor(column: SeedColumn, n: number, literals: readonly string[]): readonly string[] {
  const { category, type, labels, length } = column;
  const numbers = literals.filter((literal) => /^-?\d+(\.\d+)?$/.test(literal));
  switch (category) {
    case 'E':
      return labels ?? [];
    case 'N':
      return [...new Set([String(n), ...numbers, ...numbers.map((each) => String(Number(each) + 1)), '0', '1'])];
    case 'B':
      return ['true', 'false'];
    case 'D':
      return dates(type, n);
    case 'T':
      return [`${n} seconds`];
    case 'I':
      return [`192.0.2.${n % 250}`];
    case 'A':
      return ['{}'];
    case 'R':
      return ['empty', '[1,2)'];
    case 'V':
      return ['101'];
    case 'S': {
      const long = 'x'.repeat(Math.min(length ?? longText, longText));
      const distinct = `${n}${long}`.slice(0, long.length);
      return [
        distinct,
        ...literals,
        `seed-${n}`.slice(0, length ?? undefined),
        `seed${n}@example.com`,
        `https://example.com/${n}`,
        'a',
        'A',
        '',
      ];
    }
    default:
      if (type === 'uuid') return [uuid(n)];
      if (type === 'json' || type === 'jsonb') return ['{}', '[]', '1'];
      if (type === 'bytea') return [`\\x${String(n).padStart(8, '0')}`];
      if (type === 'xml') return ['<a/>'];
      if (type === 'tsvector') return ['a'];
      return [...literals, String(n)];
  }
}

/** The literals of a check constraint: strings between quotes, and numbers. */
export function literalsOf(check: string): readonly string[] {
  const strings = [...check.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
  const numbers = [...check.replaceAll(/'(?:[^']|'')*'/g, '').matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g)].map(
    ([text]) => text,
  );
  return [
    ...new Set([
      ...strings.flatMap((text) => (/^\{.*\}$/.test(text) ? text.slice(1, -1).split(',') : [text])),
      ...numbers,
    ]),
  ];
}

function dates(type: string, n: number): readonly string[] {
  const day = String((n % 27) + 1).padStart(2, '0');
  if (type === 'date') return [`2025-01-${day}`];
  if (type.startsWith('time ') || type === 'time') return [`00:00:${String(n % 60).padStart(2, '0')}`];
  return [`2025-01-${day} 00:00:00+00`];
}
