import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { rehearsalRecord } from '../../gates/cutover/rehearsal-record.ts';
import { evidenceVersion } from '../../gates/kernel/evidence.ts';
import { releaseSchema } from '../../gates/kernel/release.ts';
import { everyGate } from '../../gates/registry.ts';
import { runRecordSchema, scanRecordSchema, verificationVersion } from '../../gates/verify/records.ts';
import { cutoverSchema } from '../../gates/verify/settings.ts';
import { projectRoot } from '../project.ts';
import { configurationTable, settingsTable } from './configuration-table.ts';
import { evidenceSchema } from './evidence-schema.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';
import { reasonCodeList, reasonCodeTable } from './reason-code-table.ts';
import { replaceGenerated } from './replace-generated.ts';
import { baselineFileSchema, cutoverFileSchema, stackFileSchema } from './stack-file-schema.ts';

/** Every file that is generated, or has a generated part: path relative to the project → its whole text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const stackFile = stackFileSchema();
  const cutover = named('cutover', 'Sallyport cutover (cutover.yaml)', cutoverSchema, 'input');
  const cutoverFile = cutoverFileSchema();
  files.set('stacks/config.schema.json', textOf(stackFile));
  files.set('stacks/baseline-config.schema.json', textOf(baselineFileSchema()));
  files.set('stacks/cutover-config.schema.json', textOf(cutoverFile));
  files.set(
    'gates/cutover/rehearsal.schema.json',
    textOf(named('rehearsal', 'Sallyport rehearsal of a way back (rehearsal.json)', rehearsalRecord, 'output')),
  );
  files.set(
    'gates/kernel/release.schema.json',
    textOf(named('release', 'Sallyport release (release.json)', releaseSchema, 'output', evidenceVersion)),
  );
  files.set('gates/verify/cutover.schema.json', textOf(cutover));
  files.set(
    'gates/verify/run.schema.json',
    textOf(named('verify:run', 'Sallyport verification (run.json)', runRecordSchema, 'output', verificationVersion)),
  );
  files.set(
    'gates/verify/scan.schema.json',
    textOf(named('verify:scan', 'Sallyport verification (scan.json)', scanRecordSchema, 'output', verificationVersion)),
  );
  for (const gate of await everyGate()) {
    files.set(`gates/${gate.name}/evidence.schema.json`, textOf(evidenceSchema(gate)));
  }
  const parts = [
    ['docs/reason-codes.md', 'reason codes', reasonCodeTable()],
    ['docs/configuration.md', 'configuration', configurationTable(stackFile)],
    ['docs/verify.md', 'settings', settingsTable(cutover)],
    ['docs/cutover.md', 'configuration', configurationTable(cutoverFile)],
    ['README.md', 'reason codes', reasonCodeList()],
  ] as const;
  for (const [path, part, content] of parts) {
    files.set(path, replaceGenerated(path, await readFile(join(projectRoot, path), 'utf8'), part, content));
  }
  return files;
}

function named(id: string, title: string, schema: z.ZodType, io: 'input' | 'output', version = 1): JsonSchema {
  const { $schema, ...rest } = jsonSchema(schema, io);
  return { $schema, $id: `urn:sallyport:${id}:${version}`, title, ...rest };
}

function textOf(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
