import type { JsonSchema } from './json-schema.ts';
import { type Member, membersOfObject } from './members.ts';

const head = ['| Key | Type | Default | What it is |', '| --- | --- | --- | --- |'];

/** Every key of a stack's configuration in Markdown, from the JSON Schema of its file. */
export function configurationTable(stackFile: JsonSchema): string {
  const config = stackFile.properties?.config as JsonSchema;
  const required = new Set(config.required);
  const sections = Object.entries(config.properties ?? {}).map(([key, value]) => {
    const schema = value as JsonSchema;
    const members = membersOf('', schema);
    const table = members.length === 0 ? [] : ['', ...head, ...members];
    return [`## ${key}`, '', sentenceOf(schema, required.has(key), members.length === 0), ...table].join('\n');
  });
  return sections.join('\n\n');
}

/** Every key of a file of settings in Markdown, in one table. */
export function settingsTable(file: JsonSchema): string {
  return [...head, ...membersOf('', file)].join('\n');
}

function sentenceOf(schema: JsonSchema, required: boolean, alone: boolean): string {
  const absent = schema.default === undefined ? 'Optional.' : `Default ${code(JSON.stringify(schema.default))}.`;
  const description = schema.description ?? '';
  const type = alone ? ` ${capital(typeOf(schema))}.` : '';
  return `${capital(description)}.${type}${required ? ' Required.' : ` ${absent}`}`;
}

function rowsOf(path: string, { schema, required, chosenBy }: Omit<Member, 'key'>): readonly string[] {
  const members = membersOf(path, schema);
  // An object that says nothing of its own is only the way to its members.
  if (members.length > 0 && schema.description === undefined) return members;
  const value = schema.default === undefined ? '' : code(JSON.stringify(schema.default));
  const where = chosenBy.length === 0 ? '' : `with ${chosenBy.map(code).join(', ')}`;
  const meaning = [where, schema.description].filter(Boolean).join(': ');
  const cells = [code(path), typeOf(schema), required ? '**required**' : value, meaning];
  return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`, ...members];
}

function membersOf(path: string, schema: JsonSchema): readonly string[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const members = membersOfObject(schema).flatMap(({ key, ...member }) => rowsOf(at(key), member));
  const { additionalProperties } = schema;
  if (members.length > 0 || typeof additionalProperties !== 'object') return members;
  return membersOf(at('<name>'), additionalProperties as JsonSchema);
}

function typeOf(schema: JsonSchema): string {
  const { type, enum: allowed, const: only, format, pattern, minimum, maximum, anyOf, items } = schema;
  if (allowed !== undefined) return allowed.map((value) => code(String(value))).join(', ');
  if (only !== undefined) return code(String(only));
  if (anyOf !== undefined) return [...new Set(anyOf.map((each) => typeOf(each as JsonSchema)))].join(' or ');
  if (type === 'array') return `list of ${typeOf(items as JsonSchema)}`;
  if (type === 'object' || schema.oneOf !== undefined) return mapOf(schema) ?? 'object';
  const kind = format ?? [type].flat().join(' or ');
  if (pattern !== undefined && format === undefined) return `${kind} ${code(pattern)}`;
  return minimum !== undefined && maximum !== undefined ? `${kind} ${minimum} to ${maximum}` : kind;
}

function mapOf({ additionalProperties }: JsonSchema): string | undefined {
  return typeof additionalProperties === 'object' ? `map of ${typeOf(additionalProperties as JsonSchema)}` : undefined;
}

function code(text: string): string {
  return `\`${text}\``;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
