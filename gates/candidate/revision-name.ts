/**
 * The suffix of a declared revision: a function of the release and of the attempt that judged it, so that no name is ever
 * used twice. The attempt alone would do until a database is restored to a time before it; the digest alone, until a
 * release is tried again.
 */
export function declaredSuffix(releaseDigest: string, attempt: number): string {
  return `r${releaseDigest.slice(0, 8)}-${attempt}`;
}

/** Whether a revision has a name that {@link declaredSuffix} gives: some promotion made it, accepted or not. */
export function isDeclared(revision: string): boolean {
  return /--r[0-9a-f]{8}-\d+$/.test(revision);
}

const standbyMark = '-standby';

/** The name or suffix under which a worker stands by. */
export function standbyOf(working: string): string {
  return `${working}${standbyMark}`;
}

/** Whether a worker's revision is one that stands by and not the one that works. */
export function isStandby(revision: string): boolean {
  return revision.endsWith(standbyMark);
}
