import { parseArgs } from 'node:util';
import { restoreBackup } from '../infra/local/restore-backup.ts';
import { localDirectory } from './local-directory.ts';
import { localStackName } from './local-stack.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig } from './stack-file.ts';

const usage = 'npm run restore -- <name of the restore point> --yes';

// `npm run restore`: bring the local environment's PostgreSQL back to a restore point. What was written since is set aside.
await runTool(async () => {
  const { name, yes } = asked();
  const directory = localDirectory(await readStackConfig(process.env.PULUMI_STACK ?? localStackName));
  if (!yes) {
    throw new SetupError('NOT_CONFIRMED', `every write since ${name} was taken goes from service; to do it: ${usage}`);
  }
  const { takenAt, setAside } = await restoreBackup(directory, name);
  console.log(`restore: PostgreSQL is as it was at ${takenAt}; what it was before is in ${setAside}`);
  console.log('next: npm run advise, then npm run pulumi -- preview');
  return 0;
});

function asked(): { name: string; yes: boolean } {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { yes: { type: 'boolean' } } });
    const [name] = positionals;
    if (name !== undefined && positionals.length === 1) return { name, yes: values.yes ?? false };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `one restore point must be named (npm run advise lists them); use: ${usage}`);
}
