import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { cutoverBackfill } from '../../gates/cutover-backfill/cutover-backfill.ts';
import { cutoverFlip } from '../../gates/cutover-flip/cutover-flip.ts';
import { cutoverVerify } from '../../gates/cutover-verify/cutover-verify.ts';
import { cutoverWatch } from '../../gates/cutover-watch/cutover-watch.ts';
import type { GateInputs } from '../../gates/kernel/gate.ts';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { subjectDigest } from '../../gates/kernel/subject.ts';
import { Cutover, evidenceOfRehearsal } from '../../stacks/cutover.ts';
import { type CutoverConfig, parseCutoverConfig, type Stage, stages } from '../../stacks/cutover-config.ts';
import { declareCutoverJob } from '../../stacks/cutover-job.ts';
import { projectRoot } from '../../tools/project.ts';
import { samplePlan } from '../gates/cutover/sample-plan.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../gates/sample-release.ts';
import { type Made, recordProgram } from './record-program.ts';

const gates = ['preflight', 'schema', 'backfill', 'verify', 'gate', 'flip', 'watch'].map((gate) => `cutover-${gate}`);
const { config: stored } = parse(await readFile(join(projectRoot, 'Pulumi.cutover.yaml'), 'utf8'));
const sample: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(stored).map(([key, value]) => [key.replace('sallyport:', ''), value]),
);

function parsed(change: Readonly<Record<string, unknown>> = {}) {
  const given = { ...sample, ...change };
  return parseCutoverConfig((key) => {
    const value = given[key];
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  });
}

function configWith(cutover: Readonly<Record<string, unknown>> = {}): CutoverConfig {
  const config = parsed({ cutover: { ...(sample.cutover as object), ...cutover } });
  assert.ok(!('length' in config), JSON.stringify(config));
  return config;
}

const workers = { image: `app@sha256:${'1'.repeat(64)}`, workers: 4, parallelism: 2 };

async function made(stage: Stage, own: Readonly<Record<string, unknown>> = {}): Promise<Map<string, Made>> {
  const release = sampleRelease();
  const { platform, database } = sampleInputs();
  const config = configWith({ stage, ...own });
  const args = {
    config,
    plan: samplePlan({ strategy: config.cutover.strategy }),
    job: config.cutover.job && { ...config.cutover.job, declare: await declareCutoverJob(config.platform) },
    release,
    image: 'app@sha256:1',
    platform,
    database,
  };
  const { resources } = await recordProgram(
    ({ name }) => {
      const gate = name.slice('cutover-'.length);
      if (gate === 'job') return { state: { name: 'sallyport-cutover' } };
      return { state: gates.includes(gate) ? { receipt: receiptFor(release, gate) } : {} };
    },
    () => new Cutover('cutover', args).receipt,
  );
  return resources;
}

describe('the cutover', () => {
  it('is made of these resources, whose names and types are in the state of users', async () => {
    const list = [...(await made('all')).values()].map(({ name, type }) => `${type} ${name}`);
    assert.deepEqual(list.sort(), [
      'pulumi-nodejs:dynamic/gates:CutoverBackfill cutover-cutover-backfill',
      'pulumi-nodejs:dynamic/gates:CutoverFlip cutover-cutover-flip',
      'pulumi-nodejs:dynamic/gates:CutoverGate cutover-cutover-gate',
      'pulumi-nodejs:dynamic/gates:CutoverPreflight cutover-cutover-preflight',
      'pulumi-nodejs:dynamic/gates:CutoverSchema cutover-cutover-schema',
      'pulumi-nodejs:dynamic/gates:CutoverVerify cutover-cutover-verify',
      'pulumi-nodejs:dynamic/gates:CutoverWatch cutover-cutover-watch',
      'sallyport:index:Cutover cutover',
    ]);
  });

  it('takes each stage with all before it, and none after it', async () => {
    const reached: Readonly<Record<Stage, number>> = {
      preflight: 1,
      schema: 2,
      backfill: 3,
      verify: 4,
      gate: 5,
      all: 7,
    };
    for (const stage of stages) {
      const names = [...(await made(stage)).keys()].filter((name) => name !== 'cutover');
      assert.deepEqual(
        names.sort(),
        gates
          .slice(0, reached[stage])
          .map((gate) => `cutover-${gate}`)
          .sort(),
        stage,
      );
    }
  });

  it('hands every gate the receipts of all before it, as data', async () => {
    const resources = await made('all');
    for (const [index, gate] of gates.entries()) {
      const found = resources.get(`cutover-${gate}`);
      const given = ((found?.inputs.receipts ?? []) as readonly Receipt[]).map((receipt) => receipt.gate);
      assert.deepEqual(given, gates.slice(0, index), gate);
      if (index > 0) assert.ok(found?.data.get('receipts')?.includes(`cutover-${gates[index - 1]}`), gate);
    }
  });

  it('declares a job where one works, once the preflight has passed, and hands it to the gates that use it', async () => {
    const resources = await made('all', { job: workers, strategy: 'copy' });
    const job = resources.get('cutover-job');
    assert.equal(job?.type, 'pulumi-nodejs:dynamic/local:CutoverJob');
    assert.equal(job.inputs.image, workers.image);
    assert.equal(job.inputs.parallelism, 2);
    assert.deepEqual(job.inputs.variables, {
      source: 'CUTOVER_SOURCE_DIRECT_URL',
      target: 'CUTOVER_TARGET_DIRECT_URL',
    });
    assert.ok(job.data.get('receipts')?.includes('cutover-cutover-preflight'));
    const using = gates.filter((gate) => resources.get(`cutover-${gate}`)?.data.get('job')?.includes('cutover-job'));
    assert.deepEqual(using, ['cutover-backfill', 'cutover-verify', 'cutover-flip', 'cutover-watch']);
    assert.deepEqual(resources.get('cutover-cutover-verify')?.inputs.job, { name: 'sallyport-cutover', workers: 4 });
    assert.equal((await made('schema', { job: workers })).has('cutover-job'), false);
  });

  it('voids no verdict when others work, or more of them', async () => {
    const release = sampleRelease();
    const receipts = gates.map((gate) => receiptFor(release, gate));
    const inputs = { ...sampleInputs(), release, receipts, plan: samplePlan() };
    for (const gate of [cutoverBackfill, cutoverVerify, cutoverFlip, cutoverWatch]) {
      const subjects = [undefined, { name: 'one', workers: 1 }, { name: 'two', workers: 8 }].map((job) =>
        subjectDigest(gate, { ...inputs, ...(job && { job }) } as GateInputs),
      );
      assert.equal(new Set(subjects).size, 1, gate.name);
    }
  });

  it('reads the rehearsal of this stack, or that of a staging pair that is named', () => {
    assert.match(evidenceOfRehearsal(configWith()), /^\.artifacts\/cutover\/[0-9a-f]{40}\/rehearsal\.json$/);
    assert.equal(evidenceOfRehearsal(configWith({ rehearsal: { evidence: 'staging.json' } })), 'staging.json');
  });
});

describe('the configuration of a cutover', () => {
  it('is that of the worked example, with what is usual for the rest', () => {
    const { cutover } = configWith();
    assert.equal(cutover.strategy, 'replicate');
    assert.equal(cutover.backfill.workers, 2);
  });

  it('says every mistake at once, each with the line that mends it', () => {
    const problems = parsed({
      cutover: { id: 'Desk-18', sha: 'main', stage: 'flip', strategy: 'dump', freeze: { roles: [] } },
    });
    assert.ok('length' in problems);
    assert.deepEqual(problems.map(({ key }) => key).sort(), [
      'sallyport:cutover.freeze.roles',
      'sallyport:cutover.id',
      'sallyport:cutover.sha',
      'sallyport:cutover.stage',
      'sallyport:cutover.strategy',
    ]);
    for (const { mend } of problems) assert.match(mend, /pulumi config set --path/);
  });

  it('refuses two answers to who works', () => {
    const own = { ...(sample.cutover as object), backfill: { processes: 2 }, job: { ...workers, workers: 3 } };
    const problems = parsed({ cutover: own });
    assert.ok('length' in problems);
    assert.deepEqual(
      problems.map(({ key, found, needed, mend }) => [key, found, needed, mend]),
      [
        [
          'sallyport:cutover.backfill.processes',
          '2, beside cutover.job',
          '0',
          `pulumi config set --path 'sallyport:cutover.backfill.processes' <0>`,
        ],
        [
          'sallyport:cutover.job.workers',
          '3',
          'a multiple of cutover.job.parallelism, 2',
          `pulumi config set --path 'sallyport:cutover.job.workers' <a multiple of cutover.job.parallelism, 2>`,
        ],
      ],
    );
  });
});
