/** How the engine writes a value that is not known yet, whatever its type. */
const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** How the engine marks a value that is not plain: a secret, an asset, a reference. */
const markKey = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';

/** The value without its marks of secrecy. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (isSecret(value)) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** Whether a secret is anywhere in the value. */
export function hasSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

/** Marks a value as secret. */
export function secret(value: unknown): unknown {
  return { [markKey]: secretMark, value };
}

/** Whether anything in the value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}

function isSecret(value: object): value is { value: unknown } {
  return (value as Record<string, unknown>)[markKey] === secretMark && 'value' in value;
}

/** A function that takes every secret of the value out of a text. */
export function redactor(value: unknown): (text: string) => string {
  // Longest first, so that a secret that holds another one goes whole.
  const secrets = secretStrings(value, false).sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((left, found) => left.replaceAll(found, '[secret]'), text);
}

function secretStrings(value: unknown, within: boolean): string[] {
  if (typeof value === 'string') return within && value !== '' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  if (isSecret(value)) return secretStrings(value.value, true);
  return Object.values(value).flatMap((entry) => secretStrings(entry, within));
}
