import { z } from 'zod';
import { changeSchema } from '../gates/kernel/change.ts';
import { historyTableSchema, serviceSchema, smokeSchema } from '../gates/kernel/release.ts';
import { lintSchema } from '../gates/lint/policy.ts';
import { migrationTools } from '../gates/migrate/tools/index.ts';
import { rehearseSettings } from '../gates/rehearse/facts.ts';
import { restorePointSchema } from '../gates/restore-point/facts.ts';
import { azureChecks } from './azure-checks.ts';
import { azurePlatformSchema } from './azure-config.ts';
import { type ConfigProblem, problemAt, problemsOf } from './config-problem.ts';
import { databaseEnvironment } from './database-environment.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, 'lower-case letters, digits and dashes, 2 to 32 of them');
const duration = z.string().regex(/^\d+(ms|s|min)$/, 'a duration such as 500ms, 5s or 2min');
const regularExpression = z.string().refine(isRegularExpression, 'a regular expression');

const service = z
  .strictObject({
    ...serviceSchema.shape,
    image: z
      .string()
      .min(1)
      .describe('name@sha256:<64 hex>; on the local platform also a directory, taken by the digest of its content'),
    port: serviceSchema.shape.port.describe(
      'the service listens on $PORT; this is its value where the platform does not choose one',
    ),
    ingress: serviceSchema.shape.ingress.default('external').describe('none makes the service a worker'),
    health: serviceSchema.shape.health.default('/healthz').describe('path that answers 200 once the service can serve'),
    replicas: serviceSchema.shape.replicas.default(1).describe('processes of a revision'),
    env: serviceSchema.shape.env
      .default({})
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder as a user writes it
      .describe('${services.<name>.address} becomes the address of that service in the same release'),
    secretEnv: serviceSchema.shape.secretEnv
      .default({})
      .describe('environment variable → name of a secret that the platform holds'),
    standbyEnv: serviceSchema.shape.standbyEnv
      .default({})
      .describe('added while a worker is a candidate: it proves its health and takes no work'),
    cpu: serviceSchema.shape.cpu.describe(
      'vCPUs of a replica, with twice as many Gi of memory; 0.5 where nothing is said; on Azure',
    ),
    scale: serviceSchema.shape.scale.describe('lets a revision grow from its replicas to max; on Azure'),
  })
  .describe('an app on the platform');

/** `sallyport:platform` of a stack on this machine. */
export const localPlatformSchema = z.strictObject({
  kind: z.literal('local'),
  directory: z.string().min(1).default('.sallyport/local').describe('where its data is, relative to the project'),
  postgres: z.number().int().min(13).max(18).optional().describe('major version of PostgreSQL'),
});

export type LocalPlatform = z.infer<typeof localPlatformSchema>;

/** The configuration of a promotion stack: one object a stack, each member a key `sallyport:<key>` of Pulumi.<stack>.yaml. */
export const stackConfigSchema = z.strictObject({
  kind: z
    .literal('promotion')
    .default('promotion')
    .describe('promotion sends a release through the gates; baseline onboards an existing database'),
  platform: z.discriminatedUnion('kind', [localPlatformSchema, azurePlatformSchema]).describe('where the release runs'),
  release: z
    .strictObject({
      sha: z
        .string()
        .regex(/^[0-9a-f]{7,40}$/, 'a commit SHA of 7 to 40 hex digits')
        .describe('the commit: one sha, one content, for ever'),
      services: z.record(name, service).refine((services) => Object.keys(services).length > 0, 'one service at least'),
    })
    .describe('what is promoted'),
  migrations: z
    .strictObject({
      tool: z.enum(Object.keys(migrationTools) as [string, ...string[]]),
      directory: z.string().min(1).describe('where the migration files are, relative to the project'),
      service: name.describe('the service whose image the migration job runs'),
      command: z
        .array(z.string())
        .min(1)
        .optional()
        .describe("the command that migrates, run in the image; the tool's own way up where none is given"),
      history: historyTableSchema.optional().describe("where the tool's history is, where that is not its default"),
      values: z
        .record(z.string(), z.string())
        .optional()
        .describe('values of the placeholders in the SQL files; no secrets, they become part of the release'),
      bootstrap: z
        .array(z.string())
        .default([])
        .describe('SQL files that make what migrations expect of an empty database: roles, schemas, extensions'),
      timeouts: z
        .strictObject({
          job: z
            .number()
            .int()
            .min(1)
            .max(86_400)
            .default(600)
            .describe('MIGRATION_TIMEOUT_SECONDS: bound of the whole job, in seconds'),
          lock: duration.default('5s').describe('lock_timeout of the migrating role'),
          statement: duration.default('60s').describe('statement_timeout of the migrating role'),
          waiting: z
            .strictObject({ lock: duration.default('10min'), statement: duration.default('60min') })
            .prefault({})
            .describe('the same two, for migrations that only wait: CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT'),
        })
        .prefault({}),
      stepCommand: z
        .array(z.string())
        .optional()
        .refine(
          (parts) => parts === undefined || parts.some((part) => part.includes('{count}')),
          'a command with {count}',
        )
        .describe('runs the next {count} migrations, in the image'),
      downCommand: z
        .array(z.string())
        .optional()
        .refine(
          (parts) => parts === undefined || parts.some((part) => part.includes('{count}')),
          'a command with {count}',
        )
        .describe('takes the last {count} migrations back, in the image; run on the shadow only'),
      retries: z
        .strictObject({
          attempts: z.number().int().min(1).max(20).default(3),
          baseSeconds: z
            .number()
            .min(0)
            .max(300)
            .default(2)
            .describe('pause before the second; it doubles, with jitter'),
        })
        .prefault({})
        .describe('executions of one batch that ended for a lock (55P03, 40P01, 40001) and left the history clean'),
      oldTransactions: z
        .strictObject({
          olderThanSeconds: z.number().int().min(1).default(300),
          waitSeconds: z.number().int().min(0).default(60),
        })
        .prefault({})
        .describe(
          'transactions that a concurrent index build would wait for: how old, and how long their end is awaited',
        ),
      naming: regularExpression
        .default('^\\d{14}_[a-z0-9]+([-_][a-z0-9]+)*\\.(sql|js|ts)$')
        .describe('pattern of file names'),
      legacyBaseline: z
        .string()
        .optional()
        .describe('file of tolerated exceptions to the pattern, relative to the project'),
    })
    .describe('how the schema moves'),
  lint: lintSchema.prefault({}).describe('what rules make of the SQL of pending migrations'),
  rehearse: rehearseSettings.prefault({}).describe('pending migrations on a copy of the schema, before production'),
  guard: z
    .strictObject({
      commands: z
        .record(name, z.string().min(1))
        .default({})
        .describe("the apps' own checks, run in the project's folder"),
      flags: z.array(name).default([]).describe('readiness flags that must be set'),
    })
    .describe('what must hold before anything is changed'),
  flags: z
    .record(name, z.union([z.boolean(), z.string()]))
    .default({})
    .describe('readiness flag → the sha that it is given for, or true for every release'),
  smoke: z
    .strictObject({
      surfaces: smokeSchema.shape.surfaces
        .refine((surfaces) => Object.keys(surfaces).length > 0, 'one surface at least')
        .describe('critical surfaces of the application'),
      retries: smokeSchema.shape.retries
        .prefault({ attempts: 5, delayMs: 500 })
        .describe('how long transient answers (429, 502, 503, 504, none) are asked again'),
    })
    .describe('what the candidate must answer, and the release that serves on the new schema'),
  restorePoint: restorePointSchema
    .optional()
    .describe(
      'how production can be brought back to where it was before the migration; where nothing is said, base-backup on the local platform and pitr of its server on Azure',
    ),
  drift: z
    .enum(['block', 'warn'])
    .default('block')
    .describe('what a schema that was changed outside of migrations does to a promotion'),
  change: changeSchema.describe('who answers for the change, who approves it, when it may happen'),
  rollout: z
    .strictObject({
      healthSeconds: z.number().int().min(1).max(1800).default(60).describe('bound for a candidate to become healthy'),
      probeHeader: z.string().default('x-revision').describe('header in which an answer names its revision'),
      probeAnswers: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(10)
        .describe('answers in a row that must come from the new revision after the flip'),
      probeSeconds: z.number().int().min(1).max(600).default(30).describe('bound for those answers'),
      drainSeconds: z.number().int().min(1).max(600).default(45).describe('bound for old revisions to drain'),
    })
    .prefault({})
    .describe('bounds of candidate and flip, in seconds'),
  artifacts: z.string().default('.artifacts/deploy').describe('where evidence goes, relative to the project'),
  replay: z
    .string()
    .regex(/^[0-9a-f]{7,40}$/, 'the sha of an accepted release')
    .optional()
    .describe(
      'replay this accepted release instead of the one configured; set by npm run rollback, removed by npm run resume',
    ),
});

export type StackConfig = z.infer<typeof stackConfigSchema>;

/** Parses the configuration of a promotion stack; every problem is reported in one go. */
export function parseConfig(read: (key: string) => string | undefined): StackConfig | readonly ConfigProblem[] {
  return parseWith(stackConfigSchema, read, (config) => [
    ...crossChecks(config),
    ...databaseEnvironment(config),
    ...azureChecks(config),
  ]);
}

/** Parses a stack's configuration by its schema, and then by what the schema alone cannot say. */
export function parseWith<Config>(
  schema: z.ZodObject & z.ZodType<Config>,
  read: (key: string) => string | undefined,
  checks: (config: Config) => readonly ConfigProblem[],
): Config | readonly ConfigProblem[] {
  const raw: Record<string, unknown> = {};
  for (const key of Object.keys(schema.shape)) {
    const text = read(key);
    if (text !== undefined) raw[key] = parseValue(text);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) return parsed.error.issues.flatMap((issue) => problemsOf(issue, raw));
  const problems = checks(parsed.data);
  return problems.length === 0 ? parsed.data : problems;
}

/** What the schema alone cannot say: names that must refer to something. */
function crossChecks({ release, migrations, smoke, change }: StackConfig): readonly ConfigProblem[] {
  const services = Object.keys(release.services);
  const problems: ConfigProblem[] = [];
  if (!services.includes(migrations.service)) {
    problems.push(problemAt(['migrations', 'service'], migrations.service, `one of ${services.join(', ')}`));
  }
  for (const [surface, { service, bind, path, headers }] of Object.entries(smoke.surfaces)) {
    const at = ['smoke', 'surfaces', surface];
    const ingress = release.services[service]?.ingress;
    if (ingress === undefined) problems.push(problemAt([...at, 'service'], service, `one of ${services.join(', ')}`));
    if (ingress === 'none')
      problems.push(problemAt([...at, 'service'], `${service}, a worker`, 'a service with ingress'));
    for (const [key, { surface: source }] of Object.entries(bind)) {
      if (smoke.surfaces[source] === undefined || source === surface) {
        problems.push(problemAt([...at, 'bind', key, 'surface'], source, 'another surface of the suite'));
      }
    }
    for (const [, key] of path.matchAll(/\{([^}]+)\}/g)) {
      if (key !== undefined && bind[key] === undefined)
        problems.push(problemAt([...at, 'path'], `{${key}}`, `bind.${key}`));
    }
    for (const key of Object.keys(headers)) {
      if (/[^\w-]/.test(key)) problems.push(problemAt([...at, 'headers', key], key, 'a header name'));
    }
  }
  for (const [service, { env, standbyEnv }] of Object.entries(release.services)) {
    for (const [key, value] of Object.entries({ ...env, ...standbyEnv })) {
      for (const [reference, other] of value.matchAll(/\$\{services\.([^.}]*)\.address\}/g)) {
        const needed = `the name of another service with ingress: ${services.filter((each) => each !== service).join(', ')}`;
        const ingress = other === undefined ? undefined : release.services[other]?.ingress;
        if (other === service || ingress === undefined || ingress === 'none') {
          problems.push(problemAt(['release', 'services', service, 'env', key], reference, needed));
        }
      }
    }
  }
  if (change.window !== undefined && change.window.from === change.window.to) {
    problems.push(problemAt(['change', 'window', 'to'], change.window.to, 'another time than from: this never opens'));
  }
  return problems;
}

/** Objects come as JSON from the engine; a bare sha or name comes as it is. */
function parseValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema then says what was needed instead of this text
  }
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false; // RegExp's only way to say so
  }
}
