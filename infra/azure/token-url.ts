import type { DatabaseAddress } from '../platform.ts';

/**
 * A database as an identity opens it, as one URL. It has no password and is no secret: a token takes the password's place,
 * fetched for each connection.
 */
export function tokenUrl(user: string, { host, port, database, tls }: DatabaseAddress): string {
  // In plain text to a loopback endpoint alone, which the configuration sees to.
  const mode = tls ? 'verify-full' : 'disable';
  return `postgres://${encodeURIComponent(user)}@${host}:${port}/${encodeURIComponent(database)}?sslmode=${mode}`;
}

/** What a URL of {@link tokenUrl} says; undefined for any other text, which may have a password in it. */
export function readTokenUrl(
  text: string,
): { readonly user: string; readonly address: Omit<DatabaseAddress, 'users'> } | undefined {
  const [, user, host, port, database, mode] =
    /^postgres:\/\/([^:/@]+)@([^:/@]+):(\d+)\/([^?/]+)\?sslmode=(.+)$/.exec(text) ?? [];
  if (!user || !host || !database) return undefined;
  try {
    const read = {
      user: decodeURIComponent(user),
      address: { host, port: Number(port), database: decodeURIComponent(database), tls: mode === 'verify-full' },
    };
    return tokenUrl(read.user, read.address) === text ? read : undefined;
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}
