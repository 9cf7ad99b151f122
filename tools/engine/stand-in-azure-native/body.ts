import { plain } from '../stand-in/engine-values.ts';
import { pathInputs, type ResourceType } from './resource-types.ts';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

const everywhereBeside = ['location', 'tags', 'identity'];
/** What an element of a nested array has beside its `properties`. */
const elementBeside = new Set(['id', 'name', 'type', 'etag']);

/** The body of a PUT: the inputs without those of the path, under `properties` what the SDK flattens out of it. */
export function bodyOf(type: ResourceType, inputs: Json): Json {
  const body: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  const beside = new Set([...everywhereBeside, ...(type.beside ?? [])]);
  const inPath = new Set(pathInputs(type));
  for (const [name, value] of Object.entries(dropAbsent(plain(inputs)) as Json)) {
    if (name === 'identity') body.identity = { ...(value as Json), ...identitiesByIds(value as Json) };
    else if (beside.has(name)) body[name] = value;
    else if (!inPath.has(name)) properties[type.renamed?.[name] ?? name] = wrapNested(type, name, value);
  }
  return Object.keys(properties).length === 0 ? body : { properties, ...body };
}

/** The outputs that the SDK shows of an answer. */
export function outputsOf(type: ResourceType, answer: Json): Record<string, unknown> {
  const { properties, id: _id, ...top } = answer;
  const shown = { ...top, azureApiVersion: type.apiVersion };
  if (type.beside?.includes('properties')) return { ...shown, properties };
  const names = new Map(Object.entries(type.renamed ?? {}).map(([sdk, body]) => [body, sdk]));
  const flat = Object.entries((properties ?? {}) as Json).map(([name, value]) => {
    const shownAs = names.get(name) ?? name;
    return [shownAs, unwrapNested(type, shownAs, value)];
  });
  return { ...Object.fromEntries(flat), ...shown };
}

/** The value without nulls, as which the engine writes what is absent. */
export function dropAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropAbsent);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, dropAbsent(entry)]));
}

// The SDK takes a list of ids, the service a map by id.
function identitiesByIds({ userAssignedIdentities: ids }: Json): Json {
  return Array.isArray(ids) ? { userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) } : {};
}

function wrapNested(type: ResourceType, path: string, value: unknown): unknown {
  if (!type.nested?.includes(path) || !Array.isArray(value)) return value;
  return value.map((element: Json) => {
    const entries = Object.entries(element).map(([name, entry]) => [name, wrapNested(type, `${path}.${name}`, entry)]);
    const own = entries.filter(([name]) => elementBeside.has(name as string));
    const properties = Object.fromEntries(entries.filter(([name]) => !elementBeside.has(name as string)));
    return { ...Object.fromEntries(own), properties };
  });
}

function unwrapNested(type: ResourceType, path: string, value: unknown): unknown {
  if (!type.nested?.includes(path) || !Array.isArray(value)) return value;
  return value.map(({ properties, ...own }: Json) => {
    const flat = Object.entries((properties ?? {}) as Json);
    return {
      ...Object.fromEntries(flat.map(([name, entry]) => [name, unwrapNested(type, `${path}.${name}`, entry)])),
      ...own,
    };
  });
}
