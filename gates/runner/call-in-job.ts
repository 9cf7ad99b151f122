import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerApps, Execution, JobSpec } from '../../infra/container-apps/container-apps.ts';
import { onLoopback } from '../../infra/container-apps/loopback.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { azureCredential } from '../kernel/azure-credential.ts';
import { withDeadline } from '../kernel/deadline.ts';
import { sha256 } from '../kernel/digest.ts';
import { GateError, gateError, messageOf } from '../kernel/gate-error.ts';
import type { Promotion } from '../kernel/ledger/lease.ts';
import { openPlatform } from '../kernel/open-platform.ts';
import { type Progress, progressOf } from '../kernel/progress.ts';
import { projectRoot } from '../kernel/project-root.ts';
import type { Away } from '../kernel/provider.ts';
import { redact } from '../kernel/redact.ts';
import type { Finding } from '../kernel/verdict.ts';
import { terminal } from '../migrate/facts.ts';
import { startOnce } from '../migrate/start-once.ts';
import { type BlobFolder, openBlobFolder } from './blob-folder.ts';
import { openReply, type Reply, type Request } from './exchange.ts';
import { followRun } from './follow-run.ts';
import { collect, lay } from './project-files.ts';

/** What an execution may take before its program runs, in seconds: a place for it, the image. */
const usualStartSeconds = 300;
/** What a stopped execution may take to end: the platform kills after 30 s. */
const stopSeconds = 40;
const logTail = 30;

/** A call of a provider. */
export interface Call {
  readonly kind: string;
  readonly method: Request['method'];
  readonly args: readonly unknown[];
}

/** Where gates run as a job. */
export interface JobAddress {
  readonly platform: PlatformAddress;
  readonly job: string;
  readonly container: string;
}

/**
 * Makes a call as one execution of the gates' job, and gives its answer. The execution's status is the verdict at the
 * least: a reply that is lost, late, unreadable or for something else is inconclusive, and so is one that says passed
 * where the platform does not say Succeeded.
 * @throws GateError with what the job found, or why there is no telling.
 */
export async function callInJob(
  address: JobAddress,
  call: Call,
  takes: Exclude<Away, { answer: unknown }>,
  promotion: Promotion,
  startSeconds = usualStartSeconds,
): Promise<Record<string, unknown>> {
  const say = progressOf(call.kind);
  const { apps } = await openPlatform(address.platform);
  const credential = await azureCredential(address.platform.azure?.tenantId);
  const blobs = openBlobFolder(address.container, credential);
  const spec = await jobFor(apps, address.job, takes.seconds);
  const id = randomUUID();
  const request = JSON.stringify({
    ...{ version: 1, id, ...call, args: [...call.args], promotion, writes: takes.writes },
    files: await collect(projectRoot, [...takes.reads, ...(takes.writes === undefined ? [] : [takes.writes])]),
  } satisfies Request);
  const [asked, replied] = [`requests/${id}.json`, `replies/${id}.json`];
  const names = { asked, replied };
  await blobs.put(asked, request);
  try {
    const run = { address, spec, id, names, request };
    const { execution, text } = await execute(apps, blobs, run, startSeconds + takes.seconds, say);
    const reply = await verified(apps, address.job, execution, text, request);
    for (const line of reply.progress) process.stdout.write(`${redact(line)}\n`);
    await lay(projectRoot, takes.writes ?? '', takes.writes === undefined ? [] : reply.files);
    return outcomeOf(call.method, reply, execution);
  } finally {
    await tidy(blobs, [asked, replied], say);
  }
}

interface Run {
  readonly address: JobAddress;
  readonly spec: JobSpec;
  readonly id: string;
  readonly names: { readonly asked: string; readonly replied: string };
  readonly request: string;
}

/** One execution, followed to its end, and what it left. At the bound, and on an interrupt, it is stopped. */
async function execute(apps: ContainerApps, blobs: BlobFolder, run: Run, seconds: number, say: Progress) {
  const { address, spec, id, names, request } = run;
  const env = [
    ...spec.container.env.filter(({ name }) => !name.startsWith('SALLYPORT_REQUEST')),
    { name: 'SALLYPORT_REQUEST', value: id },
    { name: 'SALLYPORT_REQUEST_SHA256', value: sha256(request) },
    { name: 'SALLYPORT_EXCHANGE', value: address.container },
  ];
  const { job } = address;
  const name = await startOnce(apps, job, { ...spec, container: { ...spec.container, env } }, id);
  say(`runs in the environment as ${name}`);
  try {
    const hasReply = async () => (await blobs.get(names.replied)) !== undefined;
    const near = onLoopback(address.platform);
    const execution = await withDeadline(name, seconds, (signal) =>
      followRun(apps, { job, name, near }, hasReply, signal, say),
    );
    if (!terminal.has(execution.status)) await stop(apps, job, name, say);
    return { execution, text: await blobs.get(names.replied) };
  } catch (error) {
    await stop(apps, job, name, say);
    throw error;
  }
}

async function stop(apps: ContainerApps, job: string, name: string, say: Progress): Promise<void> {
  say(`${name} is stopped`);
  const stopped = apps.stopExecution(job, name).catch((failed: unknown) => say(`${name}: ${messageOf(failed)}`));
  await Promise.race([stopped, delay(stopSeconds * 1000, undefined, { ref: false })]);
}

/** The job as it has to be: one replica, tried once, and enough time. */
async function jobFor(apps: ContainerApps, name: string, seconds: number): Promise<JobSpec> {
  const job = await apps.getJob(name);
  const needed = `parallelism 1, completions 1, retries 0, at least ${seconds} s`;
  if (job === undefined) throw gateError('GATES_JOB_NOT_AS_NEEDED', name, 'no such job', needed);
  const { parallelism, replicaCompletionCount, replicaRetryLimit, replicaTimeoutSeconds } = job;
  const found = `parallelism ${parallelism}, completions ${replicaCompletionCount}, retries ${replicaRetryLimit}, ${replicaTimeoutSeconds} s`;
  const good = parallelism === 1 && replicaCompletionCount === 1 && replicaRetryLimit === 0;
  if (!good || replicaTimeoutSeconds < seconds) throw gateError('GATES_JOB_NOT_AS_NEEDED', name, found, needed);
  return job;
}

async function verified(
  apps: ContainerApps,
  job: string,
  execution: Execution,
  text: string | undefined,
  request: string,
): Promise<Reply> {
  const opened = text === undefined ? undefined : openReply(text, request, execution.name);
  if (opened !== undefined && 'reply' in opened) return opened.reply;
  const logs = await apps.executionLogs(job, execution.name, logTail);
  const last = logs.lines.findLast((line) => line.trim() !== '') ?? logs.note;
  const found = `${opened?.wrong ?? 'no reply'}; ${statusOf(execution)}${last === undefined ? '' : `; its log: ${last}`}`;
  const code = opened === undefined ? 'GATE_REPLY_MISSING' : 'GATE_REPLY_MISMATCH';
  throw gateError(code, execution.name, found, 'the reply to this request');
}

function outcomeOf(method: Call['method'], reply: Reply, execution: Execution): Record<string, unknown> {
  const { passed, answer, findings, message } = reply;
  if (passed && execution.status !== 'Succeeded') {
    throw gateError(
      'GATE_RUN_DISAGREES',
      execution.name,
      `passed; ${statusOf(execution)}`,
      'an execution that Succeeded',
    );
  }
  // What a check has against a release is an answer too, and then says so itself.
  const blocks = method === 'check' && Array.isArray(answer?.failures) && answer.failures.length > 0;
  if (answer !== undefined && findings === undefined && passed !== blocks) return answer;
  if (!passed && findings !== undefined && findings.some(({ severity }) => severity === 'BLOCKER')) {
    const error = new GateError(findings as readonly Finding[]);
    if (message !== undefined) error.message = message;
    throw error;
  }
  const needed = 'an answer that passed, or a reason';
  throw gateError('GATE_REPLY_MISMATCH', execution.name, 'a reply that contradicts itself', needed);
}

function statusOf({ name, status, exitCode, reason }: Execution): string {
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return `execution ${name} ${status}${code}${reason === undefined ? '' : `, ${reason}`}`;
}

/** What was exchanged is in the ledger and in the files; a rest that stays does no harm, and is said. */
async function tidy(blobs: BlobFolder, names: readonly string[], say: Progress): Promise<void> {
  for (const name of names) {
    await blobs.remove(name).catch((error: unknown) => say(`${name} stays in the blob container: ${messageOf(error)}`));
  }
}
