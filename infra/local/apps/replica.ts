import { readdir, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { choosePort } from '../choose-port.ts';
import { boundLog, inspectRun, type RunSpec, startRun, stopRun } from '../process/process-run.ts';
import { waitUntil } from '../wait-until.ts';
import { readIfThere, writeAtomic } from '../write-atomic.ts';
import { type ProbePlan, runProbe } from './probe.ts';

const POLL_MS = 150;
const READY_POLL_MS = 1_000;
const FAILURES_UNTIL_UNREADY = 3;
const RESTART_WHEN_FAILING_MS = 30_000;
const BACK_OFF_MS = [200, 500, 1_000, 2_000, 5_000, 10_000];
const GRACE_MS = 30_000;
const DRAIN_MS = 30_000;
const LOG_BYTES = 10_000_000;
const RUNS_KEPT = 3;

/** What `replica.json` says: enough to find the running process again after the daemon's death. */
interface ReplicaRecord {
  readonly run: number;
  readonly port: number;
  readonly restarts: number;
}

/** A replica under supervision: a process that is started, probed and started again until it is stopped. */
export interface Replica {
  readonly name: string;
  readonly agent: Agent;
  port: number;
  ready: boolean;
  /** It had its time to start, or it served and no longer does. */
  unhealthy: boolean;
  restarts: number;
  detail: string;
  inFlight: number;
  /** Ends when the process and its group are gone: requests in flight first, then SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** How a replica is made to run; `spec` is asked at each start, so that a secret is read as it is then. */
export interface ReplicaPlan {
  readonly name: string;
  readonly directory: string;
  readonly probe: ProbePlan;
  /** False: a process from before is stopped first, because what it was given no longer holds. */
  readonly adopt: boolean;
  spec(port: number): Promise<RunSpec>;
}

/** draining: nothing new comes in, what is in flight is finished; stopping: the process has to go. */
type Phase = 'serving' | 'draining' | 'stopping';

/** Starts supervision; a process that a daemon before this one started is taken over as it is. */
export function superviseReplica(plan: ReplicaPlan): Replica {
  let phase: Phase = 'serving';
  const replica: Replica = {
    name: plan.name,
    agent: new Agent({ keepAlive: true }),
    port: 0,
    ready: false,
    unhealthy: false,
    restarts: 0,
    detail: 'starting',
    inFlight: 0,
    stop: async () => {
      phase = 'draining';
      replica.ready = false;
      await waitUntil(() => replica.inFlight === 0, DRAIN_MS);
      phase = 'stopping';
      await supervision;
      replica.agent.destroy();
    },
    restart: async () => {
      const record = await readRecord(plan.directory);
      if (record) await stopRun(runDirectory(plan.directory, record.run), GRACE_MS);
    },
  };
  const supervision = supervise(plan, replica, () => phase).catch((error: Error) => {
    replica.ready = false;
    replica.unhealthy = true;
    replica.detail = `supervision ended: ${error.message}`;
    console.error(`${plan.name}: ${replica.detail}`);
  });
  return replica;
}

async function supervise(plan: ReplicaPlan, replica: Replica, phase: () => Phase): Promise<void> {
  const recorded = await readRecord(plan.directory);
  let record = recorded ?? { run: 0, port: 0, restarts: 0 };
  if (recorded && !plan.adopt) await stopRun(runDirectory(plan.directory, recorded.run), GRACE_MS);
  let isRunning = recorded !== undefined && (await isAlive(plan.directory, recorded.run));
  let quickEnds = 0;
  while (phase() === 'serving') {
    if (!isRunning) {
      try {
        record = await begin(plan, record);
      } catch (error) {
        replica.unhealthy = true;
        replica.detail = `could not be started: ${(error as Error).message}`;
        await pause(backOff(quickEnds++), phase);
        continue;
      }
    }
    isRunning = false;
    replica.port = record.port;
    replica.restarts = record.restarts;
    const wasReady = await watch(plan, replica, record, phase);
    quickEnds = wasReady ? 0 : quickEnds + 1;
    if (quickEnds >= FAILURES_UNTIL_UNREADY) replica.unhealthy = true;
    if (phase() !== 'serving') break;
    record = { ...record, restarts: record.restarts + 1 };
    await pause(backOff(quickEnds), phase);
  }
  await stopRun(runDirectory(plan.directory, record.run), GRACE_MS);
}

async function begin(plan: ReplicaPlan, before: ReplicaRecord): Promise<ReplicaRecord> {
  const record = { ...before, run: before.run + 1, port: await choosePort(before.port || undefined) };
  const spec = await plan.spec(record.port);
  await writeAtomic(join(plan.directory, 'replica.json'), JSON.stringify(record));
  await startRun(runDirectory(plan.directory, record.run), spec);
  await forgetOldRuns(plan.directory, record.run);
  return record;
}

/** Probes a running replica until its process ends; true when it was ready at some time. */
async function watch(plan: ReplicaPlan, replica: Replica, record: ReplicaRecord, phase: () => Phase): Promise<boolean> {
  const directory = runDirectory(plan.directory, record.run);
  const begun = performance.now();
  let lastGood = begun;
  let lastProbe = 0;
  let failures = 0;
  let wasReady = false;
  for (;;) {
    const state = await inspectRun(directory);
    if (state.kind !== 'running') {
      replica.ready = false;
      replica.detail = state.kind === 'exited' ? `ended with exit code ${state.code}` : 'ended without an exit code';
      return wasReady;
    }
    if (phase() === 'stopping') return wasReady;
    if (performance.now() - lastProbe >= (replica.ready && failures === 0 ? READY_POLL_MS : 0)) {
      lastProbe = performance.now();
      const seen = await runProbe(plan.probe.probe, record.port, plan.probe.timeoutMs);
      const now = performance.now();
      if (seen === undefined) {
        [failures, lastGood, wasReady] = [0, now, true];
        [replica.ready, replica.unhealthy, replica.detail] = [phase() === 'serving', false, 'ready'];
      } else {
        failures += 1;
        replica.detail = seen;
        if (failures >= FAILURES_UNTIL_UNREADY) replica.ready = false;
        const isLate = wasReady ? !replica.ready : now - begun > plan.probe.startupMs;
        if (isLate) replica.unhealthy = true;
        if (wasReady && now - lastGood > RESTART_WHEN_FAILING_MS) await stopRun(directory, GRACE_MS);
      }
    }
    await boundLog(directory, LOG_BYTES);
    await delay(POLL_MS);
  }
}

async function isAlive(directory: string, run: number): Promise<boolean> {
  return (await inspectRun(runDirectory(directory, run), true)).kind === 'running';
}

async function pause(ms: number, phase: () => Phase): Promise<void> {
  await waitUntil(() => phase() !== 'serving', ms, 50);
}

function backOff(ends: number): number {
  return BACK_OFF_MS[Math.min(ends, BACK_OFF_MS.length - 1)] ?? 0;
}

/** The directory of a replica's nth start. */
function runDirectory(directory: string, run: number): string {
  return join(directory, String(run));
}

async function readRecord(directory: string): Promise<ReplicaRecord | undefined> {
  const text = await readIfThere(join(directory, 'replica.json'));
  return text === undefined ? undefined : (JSON.parse(text) as ReplicaRecord);
}

async function forgetOldRuns(directory: string, current: number): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^\d+$/.test(name) && Number(name) <= current - RUNS_KEPT) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}
