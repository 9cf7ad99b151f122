import { localStack, runEngine } from './local-stack.ts';
import { runTool } from './run-tool.ts';

// `npm run pulumi -- <arguments>`: any command of the engine, on the local stack.
await runTool(async () => runEngine(await localStack(), process.argv.slice(2)));
