import { join } from 'node:path';
import { withPolicyPacks } from './engine/policy-packs.ts';
import { localStack, runEngine } from './local-stack.ts';
import { localData } from './project.ts';
import { runTool } from './run-tool.ts';

// `npm run pulumi -- <arguments>`: any command of the engine, on the local stack.
await runTool(async () => {
  const { engine, args } = await withPolicyPacks(await localStack(), process.argv.slice(2), join(localData, 'policy'));
  return runEngine(engine, args);
});
