import { z } from 'zod';
import { digestOf } from './digest.ts';
import { exceptionSchema } from './exception.ts';

/** How the replicas of a revision grow; part of the release, because it is part of the revision. */
const scaleSchema = z.strictObject({
  max: z.number().int().min(1).max(300),
  rule: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('http'), concurrentRequests: z.number().int().min(1) }),
    /** A scaler of KEDA; `secrets` is its parameter → name of the secret that the platform holds. */
    z.strictObject({
      kind: z.literal('custom'),
      type: z.string().min(1),
      metadata: z.record(z.string(), z.string()),
      secrets: z.record(z.string(), z.string()),
    }),
  ]),
});

const imageByDigest = z.string().regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/, 'an image by digest: name@sha256:<64 hex>');

/** A service of a release: an app on the platform. `ingress: none` makes it a worker. */
export const serviceSchema = z.strictObject({
  image: imageByDigest,
  command: z.array(z.string()).min(1),
  port: z.number().int().min(1).max(65535),
  ingress: z.enum(['external', 'internal', 'none']),
  health: z.string().startsWith('/'),
  replicas: z.number().int().min(1).max(25),
  env: z.record(z.string(), z.string()),
  /** Environment variable → name of the secret that the platform holds. */
  secretEnv: z.record(z.string(), z.string()),
  /** Added to a worker's environment while it is a candidate, so that it proves its health and takes no work. */
  standbyEnv: z.record(z.string(), z.string()),
  /** vCPUs of a replica, with twice as many Gi of memory; where nothing is said, 0.5. */
  cpu: z.number().min(0.25).max(4).multipleOf(0.25).optional(),
  scale: scaleSchema.optional(),
});

/** A migration as the release has it: the name that the tool records, the file, and the hash of its content. */
export const migrationFileSchema = z.strictObject({
  name: z.string(),
  file: z.string(),
  sha256: z.string(),
  /** The file of the way down, where it is one of its own. */
  down: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
  /** A file beside it that says how the tool runs it. */
  settings: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
  /** The tool's own checksum, where it keeps one in its history. */
  checksum: z.string().optional(),
  /** Applied again whenever its content changes. */
  repeatable: z.literal(true).optional(),
  /** Names of the migrations before it, where the tool says so in its files. */
  after: z.array(z.string()).optional(),
});

/** Where the tool's history is, where that is not its default. */
export const historyTableSchema = z.strictObject({
  schema: z.string().optional().describe('its schema'),
  table: z.string().optional().describe('its name'),
  column: z.string().optional().describe('plain-sql: the column that names the migration'),
});

const pointer = z.string().regex(/^(\/.*)?$/, 'a JSON pointer (RFC 6901)');

/** One thing that must hold of a surface's answer. Exactly the named property is compared. */
export const assertionSchema = z.union([
  z.strictObject({ id: z.string(), status: z.number().int().min(100).max(599) }),
  z.strictObject({ id: z.string(), header: z.string(), equals: z.string() }),
  z.strictObject({ id: z.string(), header: z.string(), contains: z.string() }),
  z.strictObject({ id: z.string(), json: pointer, equals: z.json() }),
  z.strictObject({
    id: z.string(),
    json: pointer,
    type: z.enum(['string', 'number', 'boolean', 'array', 'object', 'null']),
  }),
  z.strictObject({ id: z.string(), json: pointer, atLeast: z.number() }),
  z.strictObject({ id: z.string(), text: z.string().min(1) }),
  z.strictObject({ id: z.string(), latencyMs: z.number().int().positive() }),
]);

/** A critical surface of the application and what must hold of it. */
export const surfaceSchema = z.strictObject({
  service: z.string(),
  path: z.string().startsWith('/').describe('may have `{name}` in it, see bind'),
  headers: z
    .record(z.string(), z.union([z.string(), z.strictObject({ secret: z.string() })]))
    .default({})
    .describe('header → value, or { secret: <name> } for the value of the secret sallyport:<name>'),
  bind: z
    .record(z.string(), z.strictObject({ surface: z.string(), json: pointer }))
    .default({})
    .describe("values for `{name}` in the path, each read from another surface's JSON answer"),
  assertions: z
    .array(assertionSchema)
    .default([])
    .describe('each an id and what must hold: status, header, json (a pointer), text or latencyMs; none blocks'),
});

/** The smoke suite of a release: surfaces by name, and how long transient answers are retried. */
export const smokeSchema = z.strictObject({
  surfaces: z.record(z.string(), surfaceSchema),
  retries: z.strictObject({ attempts: z.number().int().min(1).max(20), delayMs: z.number().int().min(0).max(60_000) }),
});

/** What is promoted. Its digest binds every verdict: change anything in it and all verdicts are void. */
export const releaseSchema = z.strictObject({
  sha: z.string().regex(/^[0-9a-f]{7,40}$/, 'a commit SHA of 7 to 40 hex digits'),
  services: z.record(z.string(), serviceSchema),
  migrations: z.strictObject({
    tool: z.string(),
    service: z.string(),
    command: z.array(z.string()).min(1),
    files: z.array(migrationFileSchema),
    /** Files in the directory that look like migrations and that the tool passes over. */
    ignored: z.array(z.string()).optional(),
    /** What the tool would refuse about the directory as a whole. */
    problems: z.array(z.strictObject({ about: z.string(), found: z.string(), needed: z.string() })).optional(),
    history: historyTableSchema.optional(),
    /** What is tolerated in these migrations: it is part of what was accepted. */
    exceptions: z.array(exceptionSchema).optional(),
    /** Values of the placeholders in the SQL files. */
    values: z.record(z.string(), z.string()).optional(),
  }),
  smoke: smokeSchema,
});

export type Release = z.infer<typeof releaseSchema>;
export type Service = z.infer<typeof serviceSchema>;
export type MigrationFile = z.infer<typeof migrationFileSchema>;
export type Smoke = z.infer<typeof smokeSchema>;
export type Surface = z.infer<typeof surfaceSchema>;
export type Assertion = z.infer<typeof assertionSchema>;

/** The digest that receipts, attempts and the accepted record carry: SHA-256 of the release in canonical JSON. */
export function releaseDigest(release: Release): string {
  return digestOf(release);
}
