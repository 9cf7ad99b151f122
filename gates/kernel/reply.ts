/**
 * The one door through which a provider answers the engine: drops `undefined` and refuses what is not JSON. Without it
 * such an answer fails as "Unexpected struct type" after the side effect, and nothing of it is recorded
 * (https://github.com/pulumi/pulumi/issues/3012).
 * @throws TypeError naming the path of the first value that is not JSON.
 */
export function reply<T extends Record<string, unknown>>(outputs: T): T {
  return clean(outputs, 'outputs') as T;
}

function clean(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => clean(item, `${path}[${index}]`));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const known = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(known.map(([key, member]) => [key, clean(member, `${path}.${key}`)]));
  }
  const kind = typeof value === 'object' ? value.constructor?.name : undefined;
  throw new TypeError(`${path} is ${kind ?? typeof value}, not JSON`);
}
