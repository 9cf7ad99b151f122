/**
 * What an unknown input looks like inside a dynamic provider during preview, whatever its declared type
 * (https://github.com/pulumi/pulumi/issues/6310).
 */
export const unknownSentinel = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Whether a value is, or holds anywhere, something that is only known once the update runs. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownSentinel) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasUnknown);
}
