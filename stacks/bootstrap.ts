import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256 } from '../gates/kernel/digest.ts';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { fillTemplate } from '../gates/migrate/tools/template.ts';
import type { BootstrapSql } from '../infra/local/postgres/bootstrap-sql.ts';
import type { StackConfig } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';

/** Reads the bootstrap files in the order of the configuration, placeholders filled. @throws ConfigurationError. */
export async function bootstrapFiles({
  bootstrap,
  values = {},
}: Pick<StackConfig['migrations'], 'bootstrap' | 'values'>): Promise<BootstrapSql> {
  return Promise.all(
    bootstrap.map(async (file, index) => {
      const key = `sallyport:migrations.bootstrap[${index}]`;
      const mend = `pulumi config set --path '${key}' <SQL file>`;
      const text = await readFile(resolve(projectRoot, file), 'utf8').catch((error: Error) => {
        throw new ConfigurationError([{ key, found: error.message, needed: 'a SQL file', mend }]);
      });
      const filled = Object.keys(values).length > 0 ? fillTemplate(text, values) : { text, missing: [] };
      if (filled.missing.length > 0) {
        const found = `${file} with placeholders without a value: ${filled.missing.join(', ')}`;
        throw new ConfigurationError([{ key, found, needed: 'each of them in sallyport:migrations.values', mend }]);
      }
      return { file, sha256: sha256(text), sql: filled.text };
    }),
  );
}
