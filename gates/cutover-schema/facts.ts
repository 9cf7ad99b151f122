import { z } from 'zod';
import { commandsSchema } from '../baseline/inputs.ts';
import type { CatalogDifference } from '../catalog/compare.ts';
import type { Candidate } from '../cutover/candidate.ts';
import { cutoverInputs } from '../cutover/plan.ts';

/** The schema's inputs: the cutover's, and how the release's tool is run. */
export const schemaInputs = cutoverInputs.extend({
  /** By digest: the image whose command migrates. */
  image: z.string(),
  commands: commandsSchema.pick({ head: true }),
  /** On Azure: the migration job of the promotion stack, which the migrations run as an execution of. */
  migrationJob: z.string().optional(),
});

export type SchemaInputs = z.infer<typeof schemaInputs>;

/** What the gate sees before it touches the target. */
export interface SchemaFacts {
  readonly sourceId: string;
  readonly targetId: string;
  readonly candidate: Candidate | undefined;
  /** What somebody left in the target (`contentsOf`), a thousand at the most. */
  readonly contents: readonly string[];
}

/** What was built. Where the schemas differ, nothing was emptied. */
export interface SchemaDone {
  readonly build: string;
  /** The migrations were run by the gate, and not by hand. */
  readonly migrated: boolean;
  /** Objects of an earlier build that were taken away. */
  readonly cleaned: number;
  /** The end of the migration tool's output. */
  readonly logs: readonly string[];
  readonly objects: number;
  /** Digest of the source's catalog. */
  readonly catalog: string;
  readonly differences: readonly CatalogDifference[];
  /** Tables that were emptied, and those that have rows all the same. */
  readonly tables: number;
  readonly notEmptied: readonly string[];
  /** Indexes and constraints that wait for the rows. */
  readonly deferred: number;
}
