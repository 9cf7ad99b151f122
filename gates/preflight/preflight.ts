import { z } from 'zod';
import { refreshDrift } from '../baseline/refresh-drift.ts';
import { admission } from '../kernel/admission.ts';
import { exceptionSchema, tolerate } from '../kernel/exception.ts';
import { defineGate } from '../kernel/gate.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import { type Release, releaseDigest } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import { languageOf } from '../migrate/tools/sections.ts';
import { type PreflightFacts, type PreflightInputs, preflightInputs } from './facts.ts';
import { inspectDatabase } from './inspect-database.ts';
import { modeOf } from './mode.ts';
import { movedTraffic } from './moved-traffic.ts';
import { pendingOf } from './pending.ts';
import { acceptedContent } from './rules/accepted-content.ts';
import { appState } from './rules/app-state.ts';
import { branched } from './rules/branched.ts';
import { databaseLeft } from './rules/database-left.ts';
import { directory } from './rules/directory.ts';
import { exceptions } from './rules/exceptions.ts';
import { foreignTraffic } from './rules/foreign-traffic.ts';
import { ground } from './rules/ground.ts';
import { historyState } from './rules/history-state.ts';
import { unmigrated } from './rules/unmigrated.ts';
import { migrationFindings } from './tolerable.ts';

/** Checks a release before anything is changed: migrations against what is applied, the apps, window, owner and hold. */
export const preflight = defineGate<PreflightInputs, PreflightFacts>({
  name: 'preflight',
  rules: 1,
  needs: [],
  live: true,
  optionalInPreview: ['platform', 'database'],
  inputs: preflightInputs,
  evidence: {
    file: 'preflight.json',
    body: z.object({
      mode: z.string().nullable(),
      migrations: z.array(z.object({ name: z.string(), file: z.string(), sha256: z.string(), applied: z.boolean() })),
      history: z.array(z.string()).nullable(),
      tolerated: z.array(exceptionSchema).describe('exceptions that a finding was tolerated by'),
      notEvaluated: z.array(z.string()),
    }),
  },
  deadlineSeconds: () => 60,
  subject: ({ naming, replay, driftPolicy }) => ({ naming, replay, driftPolicy }),
  drift,
  refresh: refreshDrift,
  inspect,
  judge: (facts, inputs) => [
    ...databaseLeft(facts, inputs),
    ...directory(inputs),
    ...branched(inputs),
    ...historyState(facts, inputs),
    ...tolerated(facts, inputs).left,
    ...exceptions(facts, inputs, tolerated(facts, inputs).used),
    ...acceptedContent(facts, inputs),
    ...appState(facts),
    ...foreignTraffic(facts, inputs),
    ...ground(facts),
    ...unmigrated(facts, inputs),
    ...(facts.pending
      ? admission(inputs.change, new Date(facts.now), mode(facts, inputs) ?? 'first', facts.database?.hold)
      : []),
  ],
  report: ({ release, naming }, facts) => ({
    mode: facts?.database === undefined ? null : modeOf(facts.database.accepted, release),
    migrations: release.migrations.files.map((file) => ({
      ...file,
      applied: facts?.database?.applied.includes(file.name) ?? false,
    })),
    history: facts?.database?.applied ?? null,
    tolerated: facts === undefined ? [] : tolerated(facts, { release, naming }).used,
    notEvaluated: [...notEvaluated(facts), ...programsOf(release)],
  }),
  data: (inputs, facts) => {
    const applied = facts.database?.applied ?? [];
    return {
      mode: mode(facts, inputs),
      // What was accepted last when this gate looked: see stale-receipts.ts.
      acceptedSeq: facts.database?.accepted[0]?.seq,
      accepted:
        facts.database?.accepted.some((entry) => entry.releaseDigest === releaseDigest(inputs.release)) ?? false,
      pending: pendingOf(inputs.release, applied).map((file) => file.name),
      historyDigest: historyDigest(facts.database?.history.recorded ?? []),
      images: Object.fromEntries(
        Object.entries(inputs.release.services).map(([name, service]) => [name, service.image]),
      ),
    };
  },
  summary: (inputs, facts) => {
    const all = `${inputs.release.migrations.files.length} migrations`;
    if (facts.database === undefined) return `${all}, history not known yet`;
    const pending = pendingOf(inputs.release, facts.database.applied).map((file) => file.name);
    const list = pending.length === 0 ? 'none pending' : `${pending.length} pending: ${pending.join(', ')}`;
    return `${mode(facts, inputs)}, ${all}, ${list}`;
  },
});

function tolerated(facts: PreflightFacts, inputs: Pick<PreflightInputs, 'release' | 'naming'>) {
  const { files, exceptions: listed = [] } = inputs.release.migrations;
  return tolerate(migrationFindings(facts, inputs), listed, files);
}

/** Migrations that are no SQL: listed and hashed, and what they do is not looked at here. */
function programsOf({ migrations }: Release): readonly string[] {
  return migrations.files
    .map(({ file }) => ({ file, language: languageOf(file) }))
    .filter(({ language }) => language !== undefined)
    .map(({ file, language }) => `what ${file} does: it is written in ${language}`);
}

function notEvaluated(facts: PreflightFacts | undefined): readonly string[] {
  if (facts?.database === undefined) return ['history', 'accepted releases', 'hold', 'drift'];
  return facts.database.schema.onRecord ? [] : ['drift: the schema after exactly this history is not on record'];
}

function mode(facts: PreflightFacts, { release }: PreflightInputs) {
  return facts.database === undefined ? undefined : modeOf(facts.database.accepted, release);
}

/** A release that is not (or no longer) the accepted one is judged anew, and so is one whose traffic was moved. */
async function drift(world: World, inputs: PreflightInputs): Promise<string | undefined> {
  const client = await world.database();
  const [current] = (await hasLedger(client)) ? await acceptedReleases(client) : [];
  if (current === undefined) return 'no release is accepted yet';
  if (current.releaseDigest !== releaseDigest(inputs.release)) return `the accepted release is ${current.sha}`;
  const [moved] = movedTraffic((await inspectApps(world, inputs)).apps, current.revisions);
  return moved === undefined ? undefined : `${moved.app} sends traffic to ${moved.found}, not to ${moved.needed}`;
}

async function inspect(world: World, inputs: PreflightInputs): Promise<PreflightFacts> {
  const seen = { now: world.now().toISOString(), pending: world.pending };
  const database =
    inputs.database === undefined ? undefined : await inspectDatabase(await world.database(), inputs.release);
  if (inputs.platform === undefined) return { ...seen, ...(database && { database }) };
  const apps = await inspectApps(world, inputs);
  const stands = await inspectGround(world, inputs);
  return { ...seen, ...(database && { database }), ...apps, ...(stands && { ground: stands }) };
}

async function inspectApps(world: World, { release }: PreflightInputs) {
  const { apps } = await world.platform();
  const states = await Promise.all(
    Object.entries(release.services).map(async ([name, { ingress }]) => ({ ingress, app: await apps.getApp(name) })),
  );
  const of = (worker: boolean) =>
    states.flatMap(({ ingress, app }) => (app !== undefined && (ingress === 'none') === worker ? [app] : []));
  return { apps: of(false), workers: of(true) };
}

async function inspectGround(world: World, { platform }: PreflightInputs): Promise<PreflightFacts['ground']> {
  const { apps, readServer } = await world.platform();
  if (platform.kind !== 'azure' || readServer === undefined) return undefined;
  const [environment, server] = await Promise.all([apps.getEnvironment(), readServer(world.signal)]);
  return { environment, server };
}
