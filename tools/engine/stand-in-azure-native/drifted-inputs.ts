import { isDeepStrictEqual } from 'node:util';
import type { Json } from './body.ts';
import { pathInputs, type ResourceType } from './resource-types.ts';

/**
 * The inputs as a refresh leaves them: where the service shows another value than the state had, that one. So the next
 * diff compares the program with the world, and not with what was once asked for. Of what the program does not declare,
 * nothing is taken in.
 */
export function driftedInputs(type: ResourceType, inputs: Json, before: Json, now: Json): Json {
  // A list of identities is a map in the outputs, and the path is no output at all.
  const uncompared = new Set([...pathInputs(type), 'identity', ...(type.writeOnly ?? [])]);
  const merge = (input: unknown, old: unknown, found: unknown, path: string): unknown => {
    if (uncompared.has(path) || isDeepStrictEqual(old, found)) return input;
    if (!isObject(input) || !isObject(found)) return found;
    const merged = Object.entries(input).map(([name, value]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return [name, merge(value, isObject(old) ? old[name] : undefined, found[name], at)];
    });
    return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  };
  return merge(inputs, before, now, '') as Json;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
