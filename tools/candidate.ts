import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { cutoverEnvFile } from './cutover-env.ts';
import { makeCandidate } from './make-candidate.ts';
import { candidateEnvironment, localEnvironment, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run candidate [-- --postgres <major>]';
const source = relative(projectRoot, localEnvironment);
const target = relative(projectRoot, candidateEnvironment);

// `npm run candidate`: an empty PostgreSQL beside that of the sample application, a role that reviews, and cutover.env with all
// addresses. Running it again changes nothing but the ports that moved.
await runTool(async () => {
  const { serving, candidate, urls } = await makeCandidate(source, target, asked());
  const variables = {
    CUTOVER_SOURCE_DIRECT_URL: urls.source,
    CUTOVER_TARGET_DIRECT_URL: urls.target,
    CUTOVER_REVIEWER_URL: urls.reviewer,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(cutoverEnvFile, lines.join(''), { mode: 0o600 });
  console.log(`candidate: ${candidate}, empty; the application is on ${serving}`);
  console.log('candidate: cutover.env has both, and role reviewer, who approves');
  console.log('next: npm run cutover');
  return 0;
});

function asked(): { postgresMajor?: number } {
  try {
    const { postgres } = parseArgs({ options: { postgres: { type: 'string' } } }).values;
    if (postgres === undefined) return {};
    const postgresMajor = Number(postgres);
    if (Number.isInteger(postgresMajor) && postgresMajor >= 13 && postgresMajor <= 18) return { postgresMajor };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `--postgres takes 13 to 18; use: ${usage}`);
}
