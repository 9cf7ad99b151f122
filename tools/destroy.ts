import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { destroyEnvironment } from '../infra/local/environment.ts';
import { localData, localEnvironments, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';

// `npm run destroy`: the local environments, their data and the local stacks' state go; evidence and the engine stay.
await runTool(async () => {
  for (const environment of localEnvironments) await destroyEnvironment(relative(projectRoot, environment));
  await rm(localData, { recursive: true, force: true });
  console.log('Removed. npm start begins anew.');
  return 0;
});
