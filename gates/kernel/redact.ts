const known = new Set<string>();

/** The password part of a URL, whatever its scheme; up to the last @, for a password may hold one. */
const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/"'`]+@/gi;
/** `password=…`, `API_TOKEN: …` and their kin, as they show up in command lines and error messages. */
const assignments =
  /(password|passwd|pwd|secret|token|api[_-]?key|accountkey|sharedkey)(["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi;
const bearer = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;

/** Makes a secret's value unprintable for the rest of this process: plain, URL-encoded, and as JSON writes it. */
export function keepSecret(value: string): void {
  if (value.length < 4) return;
  known.add(value);
  known.add(encodeURIComponent(value.toWellFormed()));
  known.add(JSON.stringify(value).slice(1, -1));
}

/** Text with every known secret and everything that looks like one replaced: all that is printed or stored passes here. */
export function redact(text: string): string {
  let safe = text;
  for (const secret of [...known].sort((a, b) => b.length - a.length)) safe = safe.replaceAll(secret, '[secret]');
  return safe.replace(urlPassword, '$1:[secret]@').replace(bearer, '$1 [secret]').replace(assignments, '$1$2[secret]');
}

/** A JSON value with {@link redact} applied to every string in it, keys included. */
export function redactDeep<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map(redactDeep) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [redact(key), redactDeep(member)])) as T;
  }
  return value;
}
