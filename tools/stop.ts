import { relative } from 'node:path';
import { stopEnvironment } from '../infra/local/environment.ts';
import { localEnvironment, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';

// `npm stop`: stop every process of the local environment; its data stays.
await runTool(async () => {
  await stopEnvironment(relative(projectRoot, localEnvironment));
  console.log('Stopped. npm start brings it back.');
  return 0;
});
