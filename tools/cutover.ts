import { loadCutoverEnv } from './cutover-env.ts';
import { cutoverStackName } from './cutover-stack.ts';
import { localStack, runEngine } from './local-stack.ts';
import { runTool } from './run-tool.ts';

// `npm run cutover`: move the application as Pulumi.cutover.yaml says, as far as its stage; `-- preview` and others work too.
await runTool(async () => {
  loadCutoverEnv();
  const stack = process.env.PULUMI_STACK ?? cutoverStackName;
  const asked = process.argv.slice(2);
  const args = asked.length > 0 ? asked : ['up', '--yes'];
  return runEngine(await localStack(stack), [...args, '--stack', stack]);
});
