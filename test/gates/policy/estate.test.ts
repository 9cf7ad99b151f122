import assert from 'node:assert/strict';
import * as pulumi from '@pulumi/pulumi';
import { describe, it } from 'mocha';
import type { GraphResource } from '../../../gates/policy/resource.ts';
import { rules } from '../../../gates/policy/rules.ts';
import { estateOf } from '../../../stacks/estate.ts';
import { Promotion } from '../../../stacks/promotion.ts';
import { azureAnswer } from '../../stacks/azure-answers.ts';
import { azureConfig, azurePlatform, inJob } from '../../stacks/azure-sample.ts';
import { type Made, recordProgram } from '../../stacks/record-program.ts';
import { parsed } from '../../stacks/sample-config.ts';
import { receiptFor, sampleRelease } from '../sample-release.ts';

const { api, worker } = sampleRelease().services;
assert.ok(api && worker);
const secretEnv = { DATABASE_URL: 'database-url-app', AZURE_CLIENT_ID: 'azure-client-id', TOKEN: 'api-token' };
const release = sampleRelease({ services: { api: { ...api, secretEnv }, worker } });
const templates = Object.fromEntries(
  Object.entries(release.services).map(([name, { image, command, ingress }]) => [
    name,
    {
      image,
      command,
      env: [{ name: 'DATABASE_URL', secretRef: 'database-url-app' }],
      revisionSuffix: 'r1',
      revision: `${name}--r1`,
      ...(ingress !== 'none' && { traffic: [{ revisionName: `${name}--r1`, weight: 100 }] }),
      standby: false,
    },
  ]),
);

/** What the resources of Sallyport itself give. */
function ownOutputs(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const kind = name.replace('promotion-', '');
  if (kind === 'database-roles') return { address: { ...(inputs.database as object), users: inputs.users } };
  if (kind === 'job-clearance') return { image: api?.image };
  if (kind === 'app-clearance') return { templates };
  if (kind.startsWith('guard-')) return { stdout: 'fine' };
  return { receipt: receiptFor(release, kind, kind === 'candidate' ? { candidates: {} } : {}) };
}

/** The program of a stack on Azure, as the engine hands it to the pack: inputs for rules over one, outputs for the graph. */
async function program(platform: object): Promise<readonly { inputs: GraphResource; outputs: GraphResource }[]> {
  const config = parsed({ ...azureConfig, platform: { ...azurePlatform, ...platform } });
  const declareEstate = await estateOf(config);
  const outputs = new Map<string, Record<string, unknown>>();
  const answer = (args: pulumi.runtime.MockResourceArgs) => {
    const own = { state: ownOutputs(args.name, args.inputs) };
    const given = args.type.startsWith('azure-native:') ? azureAnswer(args) : own;
    outputs.set(args.name, { ...args.inputs, ...given.state });
    return given;
  };
  const declare = () => {
    pulumi.runtime.setAllConfig({ 'sallyport:mail-key': 'the key' }, ['sallyport:mail-key']);
    return new Promotion('promotion', { config, release, bootstrap: [], declareEstate }).addresses;
  };
  const { resources } = await recordProgram(answer, declare, () => ({ primarySharedKey: 'the shared key' }));
  const graphs = (propsOf: (made: Made) => Record<string, unknown>) => {
    const known = new Map<string, GraphResource>();
    const graphOf = (name: string): readonly GraphResource[] => {
      const made = resources.get(name);
      if (made === undefined) return [];
      const before = known.get(name);
      if (before !== undefined) return [before];
      const data = Object.fromEntries([...made.data].map(([key, names]) => [key, names.flatMap(graphOf)]));
      const { type, protect } = made;
      const dependencies = made.after.flatMap(graphOf);
      const graph = { type, name, urn: name, protect, props: propsOf(made), data, dependencies };
      known.set(name, graph);
      return [graph];
    };
    return new Map([...resources.keys()].map((name) => [name, graphOf(name)[0]] as const));
  };
  const [given, kept] = [graphs(({ inputs }) => inputs), graphs(({ name }) => outputs.get(name) ?? {})];
  return [...resources.values()]
    .filter(({ brought }) => brought === undefined)
    .map(({ name }) => {
      const [inputs, state] = [given.get(name), kept.get(name)];
      assert.ok(inputs && state);
      return { inputs, outputs: state };
    });
}

/** What the pack says of a program. */
async function findingsOn(platform: object, settings = {}): Promise<readonly string[]> {
  const resources = await program(platform);
  assert.ok(resources.some(({ inputs }) => inputs.type === 'azure-native:app:ContainerApp'));
  return resources.flatMap(({ inputs, outputs }) =>
    rules
      .flatMap((rule) => (rule.kind === 'resource' ? rule.judge(inputs, settings) : rule.judge(outputs)))
      .map(({ code, about, found }) => `${code} ${about}: ${found}`),
  );
}

const publicly = { network: { topology: 'public', firewall: { office: { from: '192.0.2.1', to: '192.0.2.9' } } } };

describe('the policy pack, on the estate that we declare', () => {
  it('has nothing to say where it is private and gates run in it', async () => {
    assert.deepEqual(await findingsOn({ gates: inJob }), []);
  });

  it('has nothing to say where gates run in process', async () => {
    assert.deepEqual(await findingsOn({}), []);
  });

  it('wants a reason where it is public, and has nothing else to say', async () => {
    const said = await findingsOn(publicly);
    assert.deepEqual(new Set(said.map((line) => line.split(' ')[0])), new Set(['POLICY_DATABASE_PUBLIC']));
    const reason = 'a team of two, until the network is there';
    assert.deepEqual(await findingsOn(publicly, { topology: 'public', reason }), []);
  });

  it('refuses a stack that is made to be thrown away, unless it goes without that rule', async () => {
    const said = await findingsOn({ protect: false });
    assert.deepEqual(new Set(said.map((line) => line.split(' ')[0])), new Set(['POLICY_UNPROTECTED']));
    assert.equal(said.length, 4, said.join('\n'));
  });
});
