import { localStack, runEngine } from './local-stack.ts';
import { runTool } from './run-tool.ts';

const stack = 'baseline';

// `npm run baseline`: onboard the existing database that Pulumi.baseline.yaml describes; `-- preview` and others work too.
await runTool(async () => {
  const asked = process.argv.slice(2);
  const args = asked.length > 0 ? asked : ['up', '--yes'];
  return runEngine(await localStack(stack), [...args, '--stack', stack]);
});
