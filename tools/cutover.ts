import { loadCutoverEnv } from './cutover-env.ts';
import { askedStack } from './cutover-stack.ts';
import { localStack, runEngine } from './local-stack.ts';
import { runTool } from './run-tool.ts';
import { engineFor, isElsewhere } from './stack-engine.ts';

// `npm run cutover`: move the application as Pulumi.cutover.yaml says, as far as its stage; `-- preview` and others work too.
await runTool(async () => {
  loadCutoverEnv();
  const { stack, rest } = askedStack(process.argv.slice(2));
  const args = rest.length > 0 ? rest : ['up', '--yes'];
  const named = ['--stack', stack];
  const engine = (await isElsewhere(stack)) ? await engineFor(named) : await localStack(stack);
  return runEngine(engine, [...args, ...named]);
});
