import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { Cutover, evidenceOfRehearsal } from '../../stacks/cutover.ts';
import { type CutoverConfig, parseCutoverConfig, type Stage, stages } from '../../stacks/cutover-config.ts';
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

async function made(stage: Stage): Promise<Map<string, Made>> {
  const release = sampleRelease();
  const { platform, database } = sampleInputs();
  const args = {
    config: configWith({ stage }),
    plan: samplePlan(),
    release,
    image: 'app@sha256:1',
    platform,
    database,
  };
  const { resources } = await recordProgram(
    ({ name }) => {
      const gate = name.slice('cutover-'.length);
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
});
