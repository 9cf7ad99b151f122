import type { Rule } from './rule.ts';
import { asCleared } from './rules/as-cleared.ts';
import { behindGates } from './rules/behind-gates.ts';
import { dataProtected } from './rules/data-protected.ts';
import { imageByDigest } from './rules/image-by-digest.ts';
import { jobRunsOnce } from './rules/job-runs-once.ts';
import { namedRevisions } from './rules/named-revisions.ts';
import { noCommandAround } from './rules/no-command-around.ts';
import { noMigrationInApp } from './rules/no-migration-in-app.ts';
import { noPlainSecret } from './rules/no-plain-secret.ts';
import { privateDatabase } from './rules/private-database.ts';

/** Every rule of the pack. Its name is what `--policy-pack-config` calls it by. */
export const rules: readonly Rule[] = [
  behindGates,
  asCleared,
  imageByDigest,
  noMigrationInApp,
  noCommandAround,
  namedRevisions,
  jobRunsOnce,
  noPlainSecret,
  dataProtected,
  privateDatabase,
];
