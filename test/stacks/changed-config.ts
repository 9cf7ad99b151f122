/** Path → value; undefined takes out what is there. */
export type Changes = Readonly<Record<string, unknown>>;

/** A copy of a configuration with values set, or taken out, at paths such as `release/services/api`. */
export function changedConfig(base: object, changes: Changes): Record<string, unknown> {
  const config = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('/');
    const last = keys.pop() ?? '';
    let at = config;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return config;
}
