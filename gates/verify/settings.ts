import { z } from 'zod';
import { hasCapturingGroup } from './pii/capturing-group.ts';
import { mayWarn } from './policy.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, 'lower-case letters, digits and dashes, 2 to 32 of them');
const tables = z
  .array(z.string().regex(/^.+\..+$/, 'schema.table, or schema.* for those of a schema that no module names'))
  .min(1);
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable');
const expression = z
  .string()
  .min(1)
  .refine(
    (text) => !hasCapturingGroup(text),
    'a regular expression of PostgreSQL without capturing groups: (?:…), not (…)',
  );
const weighed = z
  .string()
  .refine((entry) => mayWarn.some((code) => code === entry.split(' ')[0]), `one of ${mayWarn.join(', ')}`);

/** How two databases are verified: what is compared, what the target is held to, and what only warns. */
export const verifySettings = z.strictObject({
  modules: z.record(name, tables).describe('named groups of tables; each table of the database is in one of them'),
  counts: z
    .enum(['fast', 'exact'])
    .default('exact')
    .describe('rows counted beside the digests; fast is the estimate of the statistics, 2 % apart at the most'),
  requiredKeys: z
    .array(
      z.strictObject({
        schema: z.string().min(1).default('public'),
        table: z.string().min(1),
        column: z.string().min(1),
        keys: z.array(z.string()).min(1).describe('as text, as PostgreSQL writes them'),
      }),
    )
    .default([])
    .describe('keys without which the application does not work'),
  invariants: z
    .strictObject({
      directory: z
        .string()
        .min(1)
        .describe('of .sql files, each one query that returns no row; relative to the project'),
      searchPath: z.string().min(1).default('public').describe('where unqualified names are looked up'),
    })
    .optional()
    .describe('what must hold of the rows'),
  personalData: z
    .strictObject({
      declared: z
        .array(z.string())
        .default([])
        .describe('schema.table.column: holds personal data, and is not scanned'),
      patterns: z
        .record(name, expression)
        .default({})
        .describe('more to look for: regular expressions of PostgreSQL without capturing groups'),
    })
    .prefault({})
    .describe('where personal data may be; everywhere else in text and JSON it is a finding'),
  warn: z
    .array(weighed)
    .default([])
    .describe('reason codes that only warn, or `CODE about` for one thing; all others block'),
  shown: z
    .strictObject({
      rows: z.number().int().min(1).max(10_000).default(20).describe('different rows of a table that are named'),
      values: z.boolean().default(false).describe('show values too, not only keys and columns'),
    })
    .prefault({})
    .describe('how much of a difference is shown'),
  workers: z.number().int().min(1).max(64).default(2).describe('sessions on each side, all on one snapshot'),
  processes: z
    .number()
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('worker processes on each side that digest instead of those sessions; 0 for none'),
  minutes: z.number().int().min(1).max(2880).default(240).describe('bound of the whole verification'),
});

export type VerifySettings = z.infer<typeof verifySettings>;

/** `cutover.yaml`: which databases, by the names of the variables that hold their URLs, and how they are verified. */
export const cutoverSchema = z.strictObject({
  source: variable.default('CUTOVER_SOURCE_DIRECT_URL').describe('variable with the URL of the database that serves'),
  target: variable.default('CUTOVER_TARGET_DIRECT_URL').describe('variable with the URL of the candidate'),
  pooled: z
    .strictObject({
      source: variable.optional().describe('of the database that serves'),
      target: variable.optional().describe('of the candidate'),
    })
    .prefault({})
    .describe(
      'variables with the URLs of poolers before the two: each must lead to the same database as the direct one',
    ),
  verify: verifySettings.describe('what is compared, and what the candidate is held to'),
  artifacts: z.string().min(1).default('.artifacts/verify').describe('where the runs go, relative to the project'),
});

export type Cutover = z.infer<typeof cutoverSchema>;
