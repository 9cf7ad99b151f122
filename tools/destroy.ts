import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { destroyEnvironment } from '../infra/local/environment.ts';
import { localData, localEnvironment, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';

// `npm run destroy`: the local environment, its data and the local stack's state go; evidence and the engine stay.
await runTool(async () => {
  await destroyEnvironment(relative(projectRoot, localEnvironment));
  await rm(localData, { recursive: true, force: true });
  console.log('Removed. npm start begins anew.');
  return 0;
});
