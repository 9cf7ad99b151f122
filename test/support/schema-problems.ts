import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { projectRoot } from '../../gates/kernel/project-root.ts';

/** What is wrong with a JSON value by one of the published schemas, as the committed file has it; empty means nothing. */
export async function schemaProblems(schemaFile: string, value: unknown): Promise<readonly string[]> {
  // strict: a keyword or format that nobody evaluates is an error, so a schema cannot say less than it seems to.
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(await readFile(join(projectRoot, schemaFile), 'utf8')));
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || 'the document'} ${message} ${JSON.stringify(params)}`;
  });
}

/** What is wrong with the text of an evidence file, by the schema of the gate that it names. */
export async function evidenceProblems(text: string): Promise<readonly string[]> {
  const evidence = JSON.parse(text) as { gate: string };
  return schemaProblems(`gates/${evidence.gate}/evidence.schema.json`, evidence);
}
