import { z } from 'zod';
import type { Touched } from './touched-keys.ts';

const table = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all'), why: z.string() }),
  z.strictObject({
    kind: z.literal('keys'),
    columns: z.array(z.string()).min(1),
    keys: z.array(z.string()).describe('values of the columns, parted by NUL'),
  }),
]);

/** What was touched, as it is kept before the feed lets go of it. Keys are data of the application: kept where only the operator reads. */
export const touchedSchema = z.strictObject({ upTo: z.string(), tables: z.record(z.string(), table) });

export type TouchedRecord = z.infer<typeof touchedSchema>;

/** What was touched, in JSON. */
export function touchedRecord({ upTo, tables }: Touched): TouchedRecord {
  const kept = [...tables].map(([name, of]) => {
    return [name, of.kind === 'all' ? of : { ...of, columns: [...of.columns], keys: [...of.keys] }] as const;
  });
  return { upTo, tables: Object.fromEntries(kept) };
}

/** What was kept, again. */
export function keptTouched({ upTo, tables }: TouchedRecord): Touched {
  const touched = Object.entries(tables).map(([name, of]) => {
    return [name, of.kind === 'all' ? of : { ...of, keys: new Set(of.keys) }] as const;
  });
  return { upTo, tables: new Map(touched) };
}
