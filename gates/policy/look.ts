/** What a rule gets for a value that is only known once the update runs. It is never a pass. */
export const notKnown = Symbol('not known before the update');

/**
 * What the engine sends for an unknown value, by the type it will have
 * (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go).
 */
export const unknownValues: ReadonlySet<unknown> = new Set([
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

/** The value at a path: undefined when it is not there, {@link notKnown} when it, or what holds it, is not known. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  if (value === notKnown || unknownValues.has(value)) return notKnown;
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return typeof value === 'object' && value !== null ? at(Reflect.get(value, key), ...rest) : undefined;
}

/** The members of a list; none when it is not there. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] | typeof notKnown {
  const list = at(value, ...path);
  if (list === notKnown) return notKnown;
  return Array.isArray(list) ? list.map((member) => at(member)) : [];
}

/** Whether a value has anything in it that is not known. */
export function hasNotKnown(value: unknown): boolean {
  if (at(value) === notKnown) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNotKnown);
}
