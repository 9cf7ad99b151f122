import { z } from 'zod';
import { sha256 } from './digest.ts';
import type { MigrationFile } from './release.ts';
import type { Finding } from './verdict.ts';

/** A finding about one migration, as it is now, that a person has taken upon them for a time. */
export const exceptionSchema = z.strictObject({
  file: z.string().min(1).describe('the migration file; of an applied migration without a file, its recorded name'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits')
    .describe('of the content; without a file, of the name'),
  rule: z.string().min(1).describe('the reason code that is tolerated'),
  owner: z.string().min(1).describe('the role that answers for it'),
  reason: z.string().min(1).describe('why it is tolerated'),
  expires: z.iso.date().describe('the last day on which it holds, YYYY-MM-DD, UTC'),
  reviewer: z.string().min(1).optional().describe('the role that approved it; not the owner'),
});

export type Exception = z.infer<typeof exceptionSchema>;

/** Findings that stay, and the exceptions that others were tolerated by. */
export interface Tolerated {
  readonly left: readonly Finding[];
  readonly used: readonly Exception[];
}

/** Takes away the findings that an exception names with the same rule, file and content. Expiry is judged by itself. */
export function tolerate(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  files: readonly Pick<MigrationFile, 'file' | 'sha256'>[],
): Tolerated {
  const contents = new Map(files.map((file) => [file.file, file.sha256]));
  const key = (rule: string, file: string, content: string) => `${rule} ${content} ${file}`;
  const byKey = new Map(exceptions.map((entry) => [key(entry.rule, entry.file, entry.sha256), entry]));
  const used = new Set<Exception>();
  const left = findings.filter((finding) => {
    const content = contents.get(finding.about) ?? sha256(finding.about);
    const entry = byKey.get(key(finding.code, finding.about, content));
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  });
  return { left, used: [...used] };
}
