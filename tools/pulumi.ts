import { join } from 'node:path';
import { withPolicyPacks } from './engine/policy-packs.ts';
import { runEngine } from './local-stack.ts';
import { localData } from './project.ts';
import { runTool } from './run-tool.ts';
import { engineFor } from './stack-engine.ts';

// `npm run pulumi -- <arguments>`: any command of the engine, on the local stack or the one that is named.
await runTool(async () => {
  const asked = process.argv.slice(2);
  const { engine, args } = await withPolicyPacks(await engineFor(asked), asked, join(localData, 'policy'));
  return runEngine(engine, args);
});
