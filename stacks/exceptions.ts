import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Exception, exceptionSchema } from '../gates/kernel/exception.ts';
import { messageOf } from '../gates/kernel/gate-error.ts';
import { projectRoot } from '../gates/kernel/project-root.ts';
import type { StackConfig } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';

const needed = 'a list of {file, sha256, rule, owner, reason, expires}, as npm run exceptions writes it';

/**
 * The exceptions of the legacy baseline. A file that is named and cannot be read is a problem, not an empty baseline.
 * @throws ConfigurationError.
 */
export async function exceptionsOf({ migrations }: StackConfig): Promise<readonly Exception[]> {
  const file = migrations.legacyBaseline;
  if (file === undefined) return [];
  const key = 'sallyport:migrations.legacyBaseline';
  const problem = (found: string) => new ConfigurationError([{ key, found, needed, mend: `mend ${file}` }]);
  const document = await readFile(resolve(projectRoot, file), 'utf8')
    .then((text): unknown => parse(text))
    .catch((error: unknown) => {
      throw problem(`${file}: ${messageOf(error)}`);
    });
  const parsed = z.array(exceptionSchema).safeParse(document ?? []);
  if (parsed.success) return parsed.data;
  throw problem(`${file}: ${parsed.error.issues.map((each) => `${each.path.join('.')} ${each.message}`).join('; ')}`);
}
