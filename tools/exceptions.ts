import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { exceptionSchema } from '../gates/kernel/exception.ts';
import { findingLine } from '../gates/kernel/verdict.ts';
import { inspectDatabase } from '../gates/preflight/inspect-database.ts';
import { readEnvironment } from '../infra/local/environment.ts';
import { exceptionsOf } from '../stacks/exceptions.ts';
import { releaseOf } from '../stacks/release.ts';
import { exceptionsText, nextExceptions } from './exceptions/next-exceptions.ts';
import { localDirectory } from './local-directory.ts';
import { localStackName } from './local-stack.ts';
import { withLedger } from './open-ledger.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig } from './stack-file.ts';

const usage =
  'npm run exceptions -- [--owner <role> --reason "<why>" --expires YYYY-MM-DD [--reviewer <role>]]; without them it only takes out what nothing needs';

// `npm run exceptions`: write the legacy baseline anew. Entries that are needed stay as they are, others go, new ones are added.
await runTool(async () => {
  const asked = askedFor();
  const config = { ...(await readStackConfig(process.env.PULUMI_STACK ?? localStackName)), replay: undefined };
  const file = config.migrations.legacyBaseline;
  if (file === undefined) {
    const mend = "pulumi config set --path 'sallyport:migrations.legacyBaseline' migrations.exceptions.yaml";
    throw new SetupError('CONFIG_INVALID', `found no file for exceptions; name one: ${mend}`);
  }
  const path = resolve(projectRoot, file);
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const listed = before === undefined ? [] : await exceptionsOf(config);
  const release = await releaseOf({ ...config, migrations: { ...config.migrations, legacyBaseline: undefined } });
  const running = (await readEnvironment(localDirectory(config))) !== undefined;
  const database = running ? await withLedger(config, (client) => inspectDatabase(client, release)) : undefined;
  const naming = { pattern: config.migrations.naming, example: '' };
  const facts = { now: new Date().toISOString(), pending: true, ...(database && { database }) };
  const { entries, added, removed, open } = nextExceptions(facts, { release, naming }, listed, asked);

  for (const entry of added) console.log(`exceptions: added ${entry.rule} ${entry.file}, until ${entry.expires}`);
  for (const entry of removed) console.log(`exceptions: taken out ${entry.rule} ${entry.file}: nothing needs it`);
  for (const finding of open) console.log(findingLine(finding));
  if (!running) console.log('exceptions: the database does not run, so nothing was judged against what is applied');
  const text = exceptionsText(entries);
  if (text !== before && (before !== undefined || entries.length > 0)) await writeFile(path, text);
  console.log(`exceptions: ${entries.length} in ${file}${text === before ? ', unchanged' : ''}`);
  if (open.length > 0) console.log(`next: mend what is named, or take it upon you: ${usage}`);
  return open.length > 0 ? 1 : 0;
});

function askedFor() {
  const text = { type: 'string' } as const;
  const schema = exceptionSchema.pick({ owner: true, reason: true, expires: true, reviewer: true });
  try {
    const { values } = parseArgs({ options: { owner: text, reason: text, expires: text, reviewer: text } });
    if (Object.keys(values).length === 0) return undefined;
    const parsed = schema.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
}
