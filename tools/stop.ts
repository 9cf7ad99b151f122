import { relative } from 'node:path';
import { stopEnvironment } from '../infra/local/environment.ts';
import { localEnvironments, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';

// `npm stop`: stop every process of the local environments; its data stays.
await runTool(async () => {
  for (const environment of localEnvironments) await stopEnvironment(relative(projectRoot, environment));
  console.log('Stopped. npm start brings it back.');
  return 0;
});
