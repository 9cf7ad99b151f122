import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import { gateOf, gatesBefore } from '../../../gates/policy/acting.ts';
import type { GraphResource } from '../../../gates/policy/resource.ts';
import { asCleared } from '../../../gates/policy/rules/as-cleared.ts';
import { behindGates } from '../../../gates/policy/rules/behind-gates.ts';
import { everyGate } from '../../../gates/registry.ts';
import { receiptFor, sampleRelease } from '../sample-release.ts';
import {
  appProps,
  cutoverJobProps,
  image,
  inGraph,
  jobProps,
  otherImage,
  resource,
  unknown,
} from './sample-resources.ts';

const release = sampleRelease();
const other = sampleRelease({ sha: 'fedcba9876543210' });

const typeOf = (gate: string) =>
  `pulumi-nodejs:dynamic/gates:${gate.replace(/(^|-)(.)/g, (_all, _dash, letter) => letter.toUpperCase())}`;

/** Gates in their order, each with the receipts of those before it; `left` are not passed on, `of` has other releases. */
function gates(names: readonly string[], left: readonly string[] = [], of: Readonly<Record<string, unknown>> = {}) {
  const made: GraphResource[] = [];
  for (const name of names) {
    const receipts = made.filter((before) => !left.includes(gateOf(before) ?? ''));
    made.push(inGraph(typeOf(name), { release: of[name] ?? release, receipts: unknown }, { receipts }));
  }
  return made.filter((gate) => !left.includes(gateOf(gate) ?? ''));
}

const beforeMigration = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'];
const beforeRollout = [...beforeMigration, 'migrate'];
const way = [...beforeRollout, 'candidate', 'smoke', 'flip', 'accept'];

/** A clearance of the gates given. */
const appClearance = (behind: readonly GraphResource[], templates: unknown = { api: { image } }) =>
  inGraph('pulumi-nodejs:dynamic/azure:AppClearance', { release, templates }, { receipts: behind });
const jobClearance = (behind: readonly GraphResource[]) =>
  inGraph('pulumi-nodejs:dynamic/azure:JobClearance', { release, image }, { receipts: behind });
const containerApp = (clearance: GraphResource, props: object = appProps()) =>
  inGraph('azure-native:app:ContainerApp', { ...props }, { template: [clearance], configuration: [clearance] });

const codes = (findings: readonly { readonly code: string }[]) => [...new Set(findings.map(({ code }) => code))];

describe('the order of gates that the policy demands', () => {
  it('has every gate of the registry, with at least what the gate itself needs', async () => {
    const registered = await everyGate();
    assert.deepEqual(Object.keys(gatesBefore).sort(), registered.map(({ name }) => name).sort());
    for (const { name, needs } of registered) {
      const missing = needs.filter((gate) => !gatesBefore[name]?.includes(gate));
      assert.deepEqual(missing, [], name);
    }
  });
});

describe('behind the gates', () => {
  it('is the whole way of a promotion', () => {
    for (const gate of gates(way)) assert.deepEqual(behindGates.judge(gate), []);
  });

  for (const gate of way.slice(1)) {
    const before = gatesBefore[gate] ?? [];
    for (const left of before) {
      it(`is not gate ${gate} without what ${left} gave`, () => {
        const found = gates(way, [left]).find((one) => gateOf(one) === gate);
        assert.ok(found);
        const findings = behindGates.judge(found);
        assert.deepEqual(codes(findings), ['POLICY_UNGATED']);
        assert.equal(findings[0]?.found, `no data of ${left} in receipts`);
      });
    }
  }

  it('is not what only comes after a gate, and the reason says so', () => {
    const chain = gates(beforeRollout);
    const candidate = inGraph(typeOf('candidate'), { release }, { receipts: chain.slice(0, 1) }, chain);
    const findings = behindGates.judge(candidate);
    const left = beforeRollout.slice(1).join(', ');
    const found = `no data of ${left} in receipts, only an order, which --target goes around`;
    assert.deepEqual(
      findings.map((finding) => finding.found),
      [found],
    );
  });

  it('is not what stands on gates of two releases', () => {
    const chain = gates(way, [], { guard: other });
    const migrate = chain.find((one) => gateOf(one) === 'migrate');
    assert.ok(migrate);
    assert.deepEqual(codes(behindGates.judge(migrate)), ['POLICY_RELEASES_MIXED']);
  });

  it('is not what has a receipt of another release in its inputs', () => {
    const chain = gates(beforeMigration);
    const migrate = inGraph(
      typeOf('migrate'),
      { release, receipts: [receiptFor(other, 'guard')] },
      { receipts: chain },
    );
    assert.deepEqual(codes(behindGates.judge(migrate)), ['POLICY_RELEASES_MIXED']);
  });

  it('is what stands on receipts that the state has of this release', () => {
    const state = beforeMigration.map((gate) => inGraph(typeOf(gate), { receipt: receiptFor(release, gate) }));
    const migrate = inGraph(typeOf('migrate'), { receipt: receiptFor(release, 'migrate') }, { receipts: state });
    assert.deepEqual(behindGates.judge(migrate), []);
  });

  it('is said to be not known where no release is known', () => {
    const chain = beforeMigration.map((gate) => inGraph(typeOf(gate), { release: unknown }));
    const migrate = inGraph(typeOf('migrate'), { release: unknown }, { receipts: chain });
    assert.deepEqual(codes(behindGates.judge(migrate)), ['POLICY_NOT_EVALUATED']);
  });

  const chain = gates(beforeMigration);
  const guard = chain.filter((gate) => gateOf(gate) === 'guard');
  const local = (data: GraphResource['data']) =>
    inGraph('pulumi-nodejs:dynamic/local:Job', { release: releaseDigest(release) }, data);

  it('is the local job with an image of the guard and all receipts', () => {
    assert.deepEqual(behindGates.judge(local({ receipts: chain, image: guard })), []);
  });

  it('is not the local job with an image of the program, or without receipts', () => {
    assert.deepEqual(codes(behindGates.judge(local({ receipts: chain }))), ['POLICY_UNGATED']);
    assert.deepEqual(codes(behindGates.judge(local({ image: guard }))), ['POLICY_UNGATED']);
  });

  const rollout = gates(beforeRollout);
  const ungated: Readonly<Record<string, GraphResource>> = {
    'a container app of the program': inGraph('azure-native:app:ContainerApp', appProps()),
    'a container app that only waits for gates': inGraph('azure-native:app:ContainerApp', appProps(), {}, rollout),
    'a container app whose environment alone comes from gates': inGraph('azure-native:app:ContainerApp', appProps(), {
      environmentId: rollout,
    }),
    'a container app of an older version of the API': inGraph('azure-native:app/v20240301:ContainerApp', appProps()),
    'a container app of a generated SDK': inGraph('azure-native_app_v20260101:app:ContainerApp', appProps()),
    'a job of the program': inGraph('azure-native:app:Job', jobProps()),
    'a web app': inGraph('azure-native:web:WebApp'),
    'a container group': inGraph('azure-native:containerinstance:ContainerGroup'),
    'a script in Azure': inGraph('azure-native:resources:AzureCliScript'),
    'a deployment of a template': inGraph('azure-native:resources:Deployment'),
    'a container app behind the migration gates alone': containerApp(appClearance(gates(beforeMigration))),
    'a command that goes by the name of the job that gates run in': inGraph('azure-native:app:Job', {
      ...jobProps(),
      jobName: 'sallyport-gates',
    }),
  };
  for (const [subject, judged] of Object.entries(ungated)) {
    it(`is not ${subject}`, () => assert.deepEqual(codes(behindGates.judge(judged)), ['POLICY_UNGATED']));
  }

  it('is a container app and a job behind their clearance', () => {
    assert.deepEqual(behindGates.judge(containerApp(appClearance(rollout))), []);
    const job = inGraph('azure-native:app:Job', jobProps(), { template: [jobClearance(chain)] });
    assert.deepEqual(behindGates.judge(job), []);
  });

  it('need not be the job that gates run in, which is before them', () => {
    const props = { ...jobProps({ command: undefined }), jobName: 'sallyport-gates' };
    assert.deepEqual(behindGates.judge(inGraph('azure-native:app:Job', props)), []);
    const planned = { ...props, template: unknown };
    assert.deepEqual(codes(behindGates.judge(inGraph('azure-native:app:Job', planned))), ['POLICY_NOT_EVALUATED']);
  });

  it('is the job of a cutover behind its preflight alone, which runs its workers and nothing else', () => {
    const preflight = gates(['cutover-preflight']);
    const job = (props: GraphResource['props'], data: GraphResource['data'] = { template: preflight }) =>
      inGraph('azure-native:app:Job', props, data);
    const good = job(cutoverJobProps());
    assert.deepEqual(behindGates.judge(good), []);
    assert.deepEqual(asCleared.judge(good), []);
    assert.deepEqual(codes(behindGates.judge(job(cutoverJobProps(), {}))), ['POLICY_UNGATED']);
    const other = job(cutoverJobProps({}, ['node', 'other.ts']));
    assert.deepEqual(codes(behindGates.judge(other)), ['POLICY_UNGATED']);
    assert.deepEqual(codes(asCleared.judge(other)), ['POLICY_UNGATED']);
    const planned = job({ ...cutoverJobProps(), template: unknown });
    assert.deepEqual(codes(behindGates.judge(planned)), ['POLICY_NOT_EVALUATED']);
    const ours = (data: GraphResource['data']) =>
      inGraph('pulumi-nodejs:dynamic/local:CutoverJob', { release: releaseDigest(release) }, data);
    assert.deepEqual(behindGates.judge(ours({ receipts: preflight })), []);
    assert.deepEqual(codes(behindGates.judge(ours({}))), ['POLICY_UNGATED']);
  });

  it('need not be what only holds or prepares', () => {
    const types = ['azure-native:keyvault:Vault', 'pulumi-nodejs:dynamic/local:Environment', 'command:local:Command'];
    for (const type of types) assert.deepEqual(behindGates.judge(inGraph(type)), []);
  });

  it('is said to be not known of a dynamic resource of somebody else', () => {
    const foreign = inGraph('pulumi-nodejs:dynamic:Resource', { release });
    assert.deepEqual(codes(behindGates.judge(foreign)), ['POLICY_NOT_EVALUATED']);
  });
});

describe('what is declared', () => {
  const rollout = gates(beforeRollout);
  const cases: Readonly<Record<string, readonly [GraphResource, readonly string[]]>> = {
    'passes with image and traffic of the clearance': [containerApp(appClearance(rollout)), []],
    'is refused with an image that was not cleared': [
      containerApp(appClearance(rollout), appProps({ image: otherImage })),
      ['POLICY_UNGATED'],
    ],
    'is refused with an init container that was not cleared': [
      containerApp(appClearance(rollout), appProps({}, { initContainers: [{ name: 'init', image: otherImage }] })),
      ['POLICY_UNGATED'],
    ],
    'is refused without a clearance': [
      inGraph('azure-native:app:ContainerApp', appProps(), { template: rollout, configuration: rollout }),
      ['POLICY_UNGATED'],
    ],
    'is refused with traffic of the program': [
      inGraph('azure-native:app:ContainerApp', appProps(), { template: [appClearance(rollout)] }),
      ['POLICY_UNGATED'],
    ],
    'passes as a worker, which has no traffic': [
      inGraph('azure-native:app:ContainerApp', appProps({}, {}, { ingress: undefined }), {
        template: [appClearance(rollout)],
      }),
      [],
    ],
    'is not known before its clearance is': [
      containerApp(appClearance(rollout, unknown), appProps({ image: unknown })),
      ['POLICY_NOT_EVALUATED'],
    ],
    'is not known before its image is': [
      containerApp(appClearance(rollout), appProps({ image: unknown })),
      ['POLICY_NOT_EVALUATED'],
    ],
    'passes as a job with the image of its clearance': [
      inGraph('azure-native:app:Job', jobProps(), { template: [jobClearance(gates(beforeMigration))] }),
      [],
    ],
    'is refused as a job with another image': [
      inGraph('azure-native:app:Job', jobProps({ image: otherImage }), {
        template: [jobClearance(gates(beforeMigration))],
      }),
      ['POLICY_UNGATED'],
    ],
    'is of no interest when it runs nothing': [
      { ...resource('azure-native:keyvault:Vault'), data: {}, dependencies: [] },
      [],
    ],
  };
  for (const [sentence, [judged, expected]] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(codes(asCleared.judge(judged)), expected));
  }
});
