import { join } from 'node:path';
import { engineEnvironment } from './engine/index.ts';
import { packagePrograms } from './project.ts';
import { runOnTerminal } from './run-on-terminal.ts';
import { runTool } from './run-tool.ts';

// `npm test`: all tests, or those named. The engine comes first: building it takes longer than a test may.
await runTool(async () => {
  await engineEnvironment();
  const named = process.argv.slice(2);
  return runOnTerminal(join(packagePrograms, 'mocha'), named.length > 0 ? named : ['test/**/*.test.ts'], process.env);
});
