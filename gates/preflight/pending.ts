import type { MigrationFile, Release } from '../kernel/release.ts';

/** The migrations of a release that the database has not applied, in the tool's order. */
export function pendingOf(release: Release, applied: readonly string[]): readonly MigrationFile[] {
  const done = new Set(applied);
  return release.migrations.files.filter((file) => !done.has(file.name));
}

/** The applied migrations that a release does not have. */
export function unknownTo(release: Release, applied: readonly string[]): readonly string[] {
  const known = new Set(release.migrations.files.map((file) => file.name));
  return applied.filter((name) => !known.has(name));
}
