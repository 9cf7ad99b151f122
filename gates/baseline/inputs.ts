import { z } from 'zod';
import { gateInputs } from '../kernel/gate.ts';
import type { Release } from '../kernel/release.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';

/** How the migration tool is run in its image. `{count}` stands for a number of migrations. */
export const commandsSchema = z.strictObject({
  head: z.array(z.string()).min(1).describe('applies every pending migration'),
  up: z.array(z.string()).min(1).describe('applies the next {count} migrations'),
  down: z.array(z.string()).min(1).describe('takes the last {count} migrations back'),
});

/** Who answers for a migration that takes something away, and why it may. */
export const approvalSchema = z.strictObject({
  owner: z.string().trim().min(1).describe('the role that answers for it'),
  reason: z.string().trim().min(1).describe('why it may'),
});

export const baselineInputs = gateInputs.extend({
  /** By digest: the image whose command migrates. */
  image: z.string(),
  commands: commandsSchema,
  /** Name of the newest migration whose result the existing database already is. */
  revision: z.string(),
});

export type BaselineInputs = z.infer<typeof baselineInputs>;

/** Names of the migrations up to the baseline revision, in order; empty when the release does not have it. */
export function baselineNames(release: Release, revision: string): readonly string[] {
  const names = release.migrations.files.map((file) => file.name);
  return names.slice(0, names.indexOf(revision) + 1);
}

/** Whether the revision is one of the release's migrations. */
export function revisionKnown({ release, revision }: BaselineInputs): readonly Finding[] {
  if (baselineNames(release, revision).length > 0) return [];
  const names = release.migrations.files.map((file) => file.name);
  return [blocker('BASELINE_REVISION_UNKNOWN', 'sallyport:baseline.revision', revision, `one of ${names.join(', ')}`)];
}

/** Names of a release's migrations that are not applied, in order. */
export function missingFrom(release: Release, applied: readonly string[]): readonly string[] {
  const done = new Set(applied);
  return release.migrations.files.map((file) => file.name).filter((name) => !done.has(name));
}
