import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { generatedFiles } from './schemas/generated-files.ts';

// `npm run schemas`: write the JSON Schemas, and the tables of the docs that are generated from code.
await runTool(async () => {
  for (const [path, text] of await generatedFiles()) {
    const file = join(projectRoot, path);
    const before = await readFile(file, 'utf8').catch(() => undefined);
    if (before !== text) await writeFile(file, text);
    console.log(`${before === text ? 'unchanged' : 'written  '} ${path}`);
  }
  return 0;
});
