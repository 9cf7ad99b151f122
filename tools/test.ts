import { join } from 'node:path';
import { engineEnvironment } from './engine/index.ts';
import { packagePrograms } from './project.ts';
import { runOnTerminal } from './run-on-terminal.ts';
import { runTool } from './run-tool.ts';
import { runLanes } from './test-lanes.ts';

const mocha = join(packagePrograms, 'mocha');
/** The longest under the engine beside all others: each about half of the time. */
const first = ['azure', 'baseline', 'cutover', 'faults'].map((name) => `test/engine/${name}*.test.ts`);
const lanes = [first, ['test/**/*.test.ts', ...first.flatMap((files) => ['--ignore', files])]];

// `npm test`: all tests, or those named. The engine comes first: building it takes longer than a test may.
await runTool(async () => {
  await engineEnvironment();
  const named = process.argv.slice(2);
  return named.length > 0 ? runOnTerminal(mocha, named, process.env) : runLanes(mocha, lanes);
});
