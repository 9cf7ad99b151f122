import { z } from 'zod';
import { type Review, reviewDdl } from '../baseline/destructive.ts';
import {
  approvalSchema,
  type BaselineInputs,
  baselineInputs,
  baselineNames,
  missingFrom,
  revisionKnown,
} from '../baseline/inputs.ts';
import { failureOf, type Run, runMigrations, workbenchOf } from '../baseline/run-migrations.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { type Catalog, notCompared, readCatalog } from '../catalog/catalog.ts';
import { type CatalogDifference, compareCatalogs, differenceLine } from '../catalog/compare.ts';
import { connect } from '../kernel/database.ts';
import { digestOf } from '../kernel/digest.ts';
import { defineGate } from '../kernel/gate.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { branched } from '../preflight/rules/branched.ts';
import { directory } from '../preflight/rules/directory.ts';
import { servicesOn, unasked } from './services-on.ts';

/** Parity's inputs: besides the tool, where the migrations' text is, and which destructive ones somebody answers for. */
const parityInputs = baselineInputs.extend({
  directory: z.string(),
  approved: z.record(z.string(), approvalSchema),
  healthSeconds: z.number().int(),
});

type ParityInputs = z.infer<typeof parityInputs>;

interface ParityFacts {
  readonly review: Review;
  /** The migrations that the database is compared with: those it has applied, or those of the baseline. */
  readonly compared: readonly string[];
  readonly objects: number;
  readonly differences: readonly CatalogDifference[];
  readonly failures: readonly { readonly step: string; readonly failure: string }[];
  /** Digest of the catalog that an empty database has at head; undefined when it did not get there. */
  readonly head: string | undefined;
  /** Services that were healthy on that database. */
  readonly healthy: readonly string[];
  readonly output: readonly string[];
}

/** The existing schema is what the migrations give, object by object; and an empty database gets to head, where the API is healthy (C2, C3). */
export const parity = defineGate<ParityInputs, ParityFacts>({
  name: 'parity',
  rules: 2,
  needs: ['snapshot'],
  inputs: parityInputs,
  evidence: {
    file: 'parity.json',
    body: z.object({
      revision: z.string(),
      migrations: z.array(z.string()).describe('applied to an empty database, whose catalog was compared'),
      objects: z.number().int(),
      differences: z.array(
        z.object({ object: z.string(), found: z.string().nullable(), needed: z.string().nullable() }),
      ),
      notCompared: z.array(z.string()),
      bootstrap: z.string().nullable().describe('digest of the catalog of an empty database brought to head'),
      healthy: z.array(z.string()).describe('services that were healthy on that database'),
      destructive: z
        .array(z.object({ migration: z.string(), takes: z.array(z.string()), approval: approvalSchema.nullable() }))
        .describe('what the ways up of the migrations take away, and who answers for it'),
      notEvaluated: z.array(z.string()),
      logs: z.array(z.string()),
    }),
  },
  deadlineSeconds: () => 600,
  subject: ({ image, commands, revision, approved, healthSeconds }) => ({
    image,
    commands,
    revision,
    approved,
    healthSeconds,
  }),
  inspect,
  judge,
  report: ({ revision, approved, release }, facts) => ({
    revision,
    migrations: facts?.compared ?? [],
    objects: facts?.objects ?? 0,
    differences: (facts?.differences ?? []).map(({ object, found, needed }) => ({
      object,
      found: found ?? null,
      needed: needed ?? null,
    })),
    notCompared: [...notCompared],
    bootstrap: facts?.head ?? null,
    healthy: [...(facts?.healthy ?? [])],
    destructive: [...(facts?.review.destructive ?? [])].map(([migration, takes]) => ({
      migration,
      takes: [...takes],
      approval: approved[migration] ?? null,
    })),
    notEvaluated: [...(facts?.review.notEvaluated ?? []), ...unasked(release)],
    logs: facts?.output ?? [],
  }),
  data: (_inputs, facts) => ({ head: facts.head ?? null }),
  summary: (_inputs, { compared, objects, healthy }) => {
    const equal = `${objects} objects equal to ${compared.length} migrations up to ${compared.at(-1)}`;
    const well = healthy.length === 0 ? '' : `, where ${healthy.join(', ')} is healthy`;
    return `${equal}; an empty database gets to head${well}`;
  },
});

async function inspect(world: World, inputs: ParityInputs): Promise<ParityFacts> {
  const { release, revision } = inputs;
  const client = await world.database();
  const applied = await appliedNames(client, release);
  const compared = applied.length > 0 ? applied : baselineNames(release, revision);
  const review = await reviewDdl(release, inputs.directory);
  const nothing = {
    review,
    compared,
    objects: 0,
    differences: [],
    failures: [],
    head: undefined,
    healthy: [],
    output: [],
  };
  if (baselineNames(release, revision).length === 0) return nothing;
  const scope = applicationScope(release.migrations);
  const found = await readCatalog(client, scope);
  const server = await (await workbenchOf(world)).openBootstrapped('parity');
  try {
    const scratch = await connect(await world.platform(), server.database, 'gates', 'sallyport parity');
    try {
      const read = () => readCatalog(scratch, scope);
      world.say(`${compared.length} migrations on an empty database, up to ${compared.at(-1)}`);
      const first = await runMigrations(world, inputs, server.database, 'up', compared.length);
      const reached = await appliedNames(scratch, release);
      const failure = failureOf(first, 'the migrations') ?? unlike(reached, compared);
      if (failure !== undefined) return { ...nothing, failures: [{ step: revision, failure }], output: first.lines };
      const differences = compareCatalogs(found, await read());
      const rest = missingFrom(release, compared);
      const last = rest.length === 0 ? undefined : await runMigrations(world, inputs, server.database, 'head');
      const { head, failures } = await atHead(last, await appliedNames(scratch, release), inputs, read);
      const asked =
        head === undefined ? { healthy: [], unhealthy: [] } : await servicesOn(world, inputs, server.database);
      const output = [...first.lines, ...(last?.lines ?? [])];
      const all = [...failures, ...asked.unhealthy];
      const { healthy } = asked;
      return { review, compared, objects: found.size, differences, failures: all, head, healthy, output };
    } finally {
      await scratch.end();
    }
  } finally {
    await server.close();
  }
}

async function atHead(
  run: Run | undefined,
  applied: readonly string[],
  { release }: BaselineInputs,
  read: () => Promise<Catalog>,
) {
  const missing = missingFrom(release, applied);
  const failure = run && failureOf(run, 'the migrations');
  if (failure === undefined && missing.length === 0) {
    return { head: digestOf(Object.fromEntries(await read())), failures: [] };
  }
  const found = failure ?? `they ended well without ${missing.join(', ')}`;
  return { head: undefined, failures: [{ step: missing[0] ?? 'head', failure: found }] };
}

function unlike(found: readonly string[], needed: readonly string[]): string | undefined {
  if (found.join() === needed.join()) return undefined;
  return `the history of an empty database is ${found.join(', ') || 'empty'}, and not ${needed.join(', ')}`;
}

function judge({ review, differences, failures }: ParityFacts, inputs: ParityInputs): readonly Finding[] {
  const unknown = revisionKnown(inputs);
  if (unknown.length > 0) return unknown;
  return [
    ...directory(inputs),
    ...branched(inputs),
    ...destructiveOf(review, inputs.approved),
    ...failures.map(({ step, failure }) =>
      blocker(
        'BOOTSTRAP_FAILED',
        step,
        failure,
        'an empty database that the migrations bring to head, and healthy services on it',
      ),
    ),
    ...differences.map((difference) =>
      blocker('PARITY_DIFFERENCE', difference.object, differenceLine(difference), 'what the migrations give'),
    ),
  ];
}

/** What takes something away needs somebody who answers for it, on record. */
function destructiveOf({ destructive }: Review, approved: ParityInputs['approved']): readonly Finding[] {
  return [...destructive].map(([name, takes]) => {
    const approval = approved[name];
    const needed = 'nothing taken away, or sallyport:baseline.approved';
    if (approval === undefined) return blocker('DESTRUCTIVE_DDL', name, takes.join(', '), needed);
    const found = `${takes.join(', ')}; approved by ${approval.owner}: ${approval.reason}`;
    return warning('DESTRUCTIVE_DDL', name, found, needed);
  });
}
