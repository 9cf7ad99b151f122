import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evidenceVersion } from '../../gates/kernel/evidence.ts';
import { releaseSchema } from '../../gates/kernel/release.ts';
import { everyGate } from '../../gates/registry.ts';
import { projectRoot } from '../project.ts';
import { configurationTable } from './configuration-table.ts';
import { evidenceSchema } from './evidence-schema.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';
import { reasonCodeList, reasonCodeTable } from './reason-code-table.ts';
import { replaceGenerated } from './replace-generated.ts';
import { baselineFileSchema, stackFileSchema } from './stack-file-schema.ts';

/** Every file that is generated, or has a generated part: path relative to the project → its whole text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const stackFile = stackFileSchema();
  files.set('stacks/config.schema.json', textOf(stackFile));
  files.set('stacks/baseline-config.schema.json', textOf(baselineFileSchema()));
  files.set('gates/kernel/release.schema.json', textOf(releaseFileSchema()));
  for (const gate of await everyGate()) {
    files.set(`gates/${gate.name}/evidence.schema.json`, textOf(evidenceSchema(gate)));
  }
  const parts = [
    ['docs/reason-codes.md', 'reason codes', reasonCodeTable()],
    ['docs/configuration.md', 'configuration', configurationTable(stackFile)],
    ['README.md', 'reason codes', reasonCodeList()],
  ] as const;
  for (const [path, part, content] of parts) {
    files.set(path, replaceGenerated(path, await readFile(join(projectRoot, path), 'utf8'), part, content));
  }
  return files;
}

/** The JSON Schema of `release.json`: the release as it was accepted, for a replay. */
function releaseFileSchema(): JsonSchema {
  const { $schema, ...release } = jsonSchema(releaseSchema, 'output');
  const head = { $schema, $id: `urn:sallyport:release:${evidenceVersion}`, title: 'Sallyport release (release.json)' };
  return { ...head, ...release };
}

function textOf(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
