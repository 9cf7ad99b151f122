import { z } from 'zod';
import type { MigrationFile } from '../kernel/release.ts';

/**
 * Migration → what the rehearsal found of it. `waiting`: it waits for others with a weak lock, and wants patience;
 * `blocking`: others wait for it, and it must not wait long. One that nobody has looked at is blocking.
 */
export const classPlanSchema = z.record(
  z.string(),
  z.object({ class: z.enum(['waiting', 'blocking']), buildsIndexes: z.array(z.string()) }),
);

export type ClassPlan = z.infer<typeof classPlanSchema>;
export type MigrationClass = ClassPlan[string]['class'];

/** Migrations that one execution applies. */
export interface Batch {
  /** The place of its first migration in the release, from 1: the same however much is applied. */
  readonly id: number;
  readonly class: MigrationClass;
  readonly names: readonly string[];
  /** Indexes that it builds concurrently: an invalid one of that name was left by an earlier try of it. */
  readonly buildsIndexes: readonly string[];
  /** It holds migrations of both classes, because the tool cannot be told how many to run. */
  readonly mixed: boolean;
}

/** The pending migrations as executions: consecutive ones of one class together. Pure. */
export function batchesOf(
  files: readonly MigrationFile[],
  pending: readonly string[],
  plan: ClassPlan,
  stepped: boolean,
): readonly Batch[] {
  const batches: Batch[] = [];
  for (const name of pending) {
    const { class: of, buildsIndexes } = plan[name] ?? { class: 'blocking', buildsIndexes: [] };
    const last = batches.at(-1);
    if (last !== undefined && (last.class === of || !stepped)) {
      const mixed = last.mixed || last.class !== of;
      batches[batches.length - 1] = {
        ...last,
        class: mixed ? 'blocking' : of,
        names: [...last.names, name],
        buildsIndexes: [...last.buildsIndexes, ...buildsIndexes],
        mixed,
      };
    } else {
      const id = files.findIndex((file) => file.name === name) + 1;
      batches.push({ id, class: of, names: [name], buildsIndexes, mixed: false });
    }
  }
  return batches;
}

/** The mark of a batch's nth try within an attempt. */
export function markOf(attempt: string, batch: number, nth: number): string {
  return `${attempt}-${batch}.${nth}`;
}

/** The batch and the try that a mark names, when it is of this attempt. */
export function readMark(attempt: string, mark: string | undefined): { batch: number; nth: number } | undefined {
  if (mark === undefined || !mark.startsWith(`${attempt}-`)) return undefined;
  const [, batch, nth] = /^(\d+)\.(\d+)$/.exec(mark.slice(attempt.length + 1)) ?? [];
  return batch === undefined || nth === undefined ? undefined : { batch: Number(batch), nth: Number(nth) };
}
