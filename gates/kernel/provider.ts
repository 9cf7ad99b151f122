import { join } from 'node:path';
import type { z } from 'zod';
import { runAttempt } from './attempt-run.ts';
import { type Course, type Passed, writeRefusal } from './conclude.ts';
import { withDeadline } from './deadline.ts';
import type { Gate, GateInputs } from './gate.ts';
import { findingsOf, GateError, gateError } from './gate-error.ts';
import { nameError } from './name-error.ts';
import { progressOf } from './progress.ts';
import { receiptProblems } from './receipt.ts';
import { redact } from './redact.ts';
import { keptFor, refreshed } from './refresh.ts';
import { releaseDigest } from './release.ts';
import { removeGate } from './remove.ts';
import { reply } from './reply.ts';
import { subjectDigest } from './subject.ts';
import { hasUnknown } from './unknown.ts';
import { type Finding, findingLine, verdictOf } from './verdict.ts';
import { openWorld, type World } from './world.ts';

type Properties = Record<string, unknown>;

/** What the engine asks of a dynamic resource. Answers are JSON; see reply.ts. */
export interface ResourceProvider {
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<{ changes: boolean }>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  read?(id: string, state: Properties): Promise<{ id: string; props: Properties }>;
  delete?(id: string, properties: Properties): Promise<void>;
  /**
   * Where gates run as a job (see gates/runner): what a call comes to without the world, or what it takes there. Without
   * this, a check that does not know its inputs yet is answered here, and everything else goes there.
   * @throws GateError where the inputs alone say no.
   */
  away?(method: AwayMethod, args: readonly unknown[]): Away;
}

/** The calls of a provider that ask something of the world. */
export type AwayMethod = 'check' | 'create' | 'update' | 'read';

/** An answer that needs no world, or a call that does. */
export type Away =
  | { readonly answer: Properties }
  | {
      /** How long it may take, once it runs. */
      readonly seconds: number;
      /** What it reads of the project: files or folders, relative to the root. */
      readonly reads: readonly string[];
      /** The folder that it leaves evidence in, relative to the root. */
      readonly writes: string | undefined;
    };

/** Bound of everything that happens at preview, in seconds. */
const checkSeconds = 15;

/** The Pulumi provider of a gate: `check` looks (every preview and up), `create` and `update` run an attempt. */
export function gateProvider(gate: Gate): ResourceProvider {
  return {
    check: (olds, news) => check(gate, olds, news),
    diff: async (_id, olds, news) => ({ changes: mustRun(gate, olds, news) }),
    create: async (news) => {
      const { passed, kept } = await attempt(gate, news);
      return reply({ id: `${gate.name}-${passed.receipt.attempt}`, outs: { ...passed, ...kept } });
    },
    update: async (_id, _olds, news) => {
      const { passed, kept } = await attempt(gate, news);
      return reply({ outs: { ...passed, ...kept } });
    },
    read: async (id, state) => reply(await refreshed(gate, id, state)),
    delete: (_id, state) => removeGate(gate, state),
    away: (method, args) => away(gate, method, args as readonly Properties[]),
  };
}

/** Parsing, unknown inputs and receipts need no world; nor does a gate that looks at nothing in a preview. */
function away(gate: Gate, method: AwayMethod, args: readonly Properties[]): Away {
  const [first = {}, second = {}] = args;
  switch (method) {
    case 'check': {
      const prepared = prepare(gate, first, second);
      if ('answer' in prepared) return prepared;
      const { inputs, asked, pending, unknown } = prepared;
      const looks = gate.live || (gate.drift !== undefined && !pending && unknown.length === 0);
      return looks ? { ...tracesOf(gate, inputs), seconds: checkSeconds } : { answer: answerOf(asked, []) };
    }
    case 'create':
    case 'update': {
      const inputs = admitted(gate, args.at(-1) ?? {});
      return { ...tracesOf(gate, inputs), seconds: gate.deadlineSeconds(inputs) };
    }
    case 'read': {
      if (gate.refresh === undefined) return { answer: { id: first, props: second } };
      return { seconds: checkSeconds, reads: [], writes: undefined };
    }
    default:
      return method satisfies never;
  }
}

function tracesOf(gate: Gate, inputs: GateInputs) {
  return { reads: gate.reads?.(inputs) ?? [], writes: join(inputs.artifacts, inputs.release.sha) };
}

/** Receipts are demanded here too: an engine that skipped `check` must not get past a gate. */
async function attempt(gate: Gate, news: Properties): Promise<{ passed: Passed; kept: Properties }> {
  const inputs = admitted(gate, news);
  return { passed: await runAttempt(gate, inputs), kept: keptFor(gate, inputs) };
}

function admitted(gate: Gate, news: Properties): GateInputs {
  const inputs = parse(gate, news);
  const problems = receiptProblems(gate.needs, inputs.receipts, releaseDigest(inputs.release));
  if (problems.length > 0) throw new GateError(problems);
  return inputs;
}

async function check(gate: Gate, olds: Properties, news: Properties) {
  const prepared = prepare(gate, olds, news);
  if ('answer' in prepared) return prepared.answer;
  const { asked, inputs, pending, unknown } = prepared;
  const say = progressOf(gate.name);
  try {
    const seen = await withDeadline(gate.name, checkSeconds, (signal) => look(gate, inputs, signal, pending, unknown));
    for (const finding of seen.findings) if (finding.severity === 'WARNING') say(findingLine(finding));
    return answerOf(seen.drift === undefined ? asked : { ...asked, drift: seen.drift }, seen.findings);
  } catch (error) {
    return answerOf(asked, findingsOf(nameError(error, gate.name), gate.name));
  }
}

interface Prepared {
  readonly asked: Properties;
  readonly inputs: GateInputs;
  readonly pending: boolean;
  readonly unknown: readonly string[];
}

/** The part of `check` that needs no world: its answer, when that settles it. */
function prepare(gate: Gate, olds: Properties, news: Properties): Prepared | { answer: CheckAnswer } {
  const { drift: _past, ...asked } = news;
  try {
    const unknown = Object.keys(asked).filter((key) => key !== '__provider' && hasUnknown(asked[key]));
    if (unknown.some((key) => !gate.optionalInPreview?.includes(key))) {
      progressOf(gate.name)(`planned; ${unknown.join(', ')} not known before the update`);
      return { answer: answerOf(asked, []) };
    }
    const inputs = parse(gate, asked, unknown);
    const problems = unknown.includes('receipts')
      ? []
      : receiptProblems(gate.needs, inputs.receipts, releaseDigest(inputs.release));
    if (problems.length > 0) return { answer: answerOf(asked, problems) };
    const pending = unknown.length > 0 || subjectOf(gate, olds) !== subjectDigest(gate, inputs);
    return { asked, inputs, pending, unknown };
  } catch (error) {
    return { answer: answerOf(asked, findingsOf(nameError(error, gate.name), gate.name)) };
  }
}

type CheckAnswer = { inputs: Properties; failures: { property: string; reason: string }[] };

/** What `check` says: every blocking finding is a failure. */
export function answerOf(inputs: Properties, findings: readonly Finding[]): CheckAnswer {
  return {
    inputs,
    failures: findings
      .filter((finding) => finding.severity === 'BLOCKER')
      // No property: the engine would print its value, and a release is a page long.
      .map((finding) => ({ property: '', reason: redact(findingLine(finding)) })),
  };
}

/** The part of `check` that touches the world: read-only. */
async function look(gate: Gate, inputs: GateInputs, signal: AbortSignal, pending: boolean, unknown: readonly string[]) {
  const opened = openWorld(gate.name, inputs, { signal, attempt: undefined, pending });
  try {
    const findings = gate.live ? await judged(gate, inputs, opened.world, unknown) : [];
    const drift = pending || unknown.length > 0 ? undefined : await gate.drift?.(opened.world, inputs);
    if (drift !== undefined) opened.world.say(`will run again: ${drift}`);
    return { findings, drift };
  } finally {
    await opened.close();
  }
}

async function judged(gate: Gate, inputs: GateInputs, world: World, unknown: readonly string[]) {
  const started = new Date();
  const course: Course = { attempt: undefined, facts: undefined, done: undefined };
  const findings = await inspectAndJudge(gate, inputs, world, course);
  if (verdictOf(findings) !== 'passed') {
    const subject = unknown.length === 0 ? subjectDigest(gate, inputs) : 'not known in this preview';
    await writeRefusal(gate, inputs, subject, { findings, course, started, since: performance.now() });
  } else if (world.pending) {
    world.say(gate.summary(inputs, course.facts, undefined));
  }
  if (unknown.length > 0) world.say(`not evaluated in this preview: what needs ${unknown.join(', ')}`);
  return findings;
}

async function inspectAndJudge(gate: Gate, inputs: GateInputs, world: World, course: Course) {
  try {
    course.facts = await gate.inspect(world, inputs);
    return gate.judge(course.facts, inputs);
  } catch (error) {
    return findingsOf(nameError(error, gate.name), gate.name);
  }
}

function mustRun(gate: Gate, olds: Properties, news: Properties): boolean {
  return news.drift !== undefined || hasUnknown(news) || olds.subject !== subjectOf(gate, news);
}

function subjectOf(gate: Gate, properties: Properties): string | undefined {
  const parsed = gate.inputs.safeParse(own(properties));
  return parsed.success ? subjectDigest(gate, parsed.data) : undefined;
}

/** Unknown inputs are left out, and only then may the named ones be absent. */
function parse(gate: Gate, properties: Properties, unknown: readonly string[] = []): GateInputs {
  const known = Object.fromEntries(Object.entries(own(properties)).filter(([key]) => !unknown.includes(key)));
  const schema = unknown.length === 0 ? gate.inputs : withoutUnknown(gate, unknown);
  const parsed = schema.safeParse(known);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw gateError('INPUTS_INVALID', gate.name, found, 'inputs that fit the gate');
}

function withoutUnknown(gate: Gate, unknown: readonly string[]): z.ZodType<GateInputs> {
  const mask = Object.fromEntries(unknown.map((key) => [key, true as const]));
  return gate.inputs.partial(mask as Record<never, never>) as unknown as z.ZodType<GateInputs>;
}

function own(properties: Properties): Properties {
  const { __provider, drift, ...inputs } = properties;
  return inputs;
}
