import { z } from 'zod';

const envVar = z.union([
  z.strictObject({ name: z.string(), value: z.string() }),
  z.strictObject({ name: z.string(), secretRef: z.string() }),
]);

/** What the gates cleared of one service: all that a declared container app takes from a release. */
export const appTemplateSchema = z.strictObject({
  /** By digest, from the receipts and never from configuration. */
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(envVar),
  /** The revision is `{app}--{revisionSuffix}`: a function of release and attempt, so that no name is used twice. */
  revisionSuffix: z.string(),
  revision: z.string(),
  /**
   * A pure function of the accepted release, always by name: the accepted revision at 100 and the candidate at 0, once
   * accepted the candidate alone at 100, in a first release likewise. Absent for a worker.
   */
  traffic: z
    .array(z.strictObject({ revisionName: z.string(), weight: z.number().int(), label: z.string().optional() }))
    .optional(),
  /** A worker that stands by: its candidate proves its health and takes no work. */
  standby: z.boolean(),
});

export type AppTemplate = z.infer<typeof appTemplateSchema>;

/** Service → template. */
export type AppTemplates = Readonly<Record<string, AppTemplate>>;
