import assert from 'node:assert/strict';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { azureNativePlugin } from '../../tools/engine/provider-plugin.ts';
import { providerSettings } from '../../tools/engine/stand-in-azure-native/provider-settings.ts';
import { type AzureEndpoint, azureEndpoint } from '../support/azure/azure-endpoint.ts';
import { azureProject } from '../support/azure/azure-project.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the stand-in for the azure-native plugin, under the real engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let endpoint: AzureEndpoint;
  let project: Awaited<ReturnType<typeof azureProject>>;

  before(async () => {
    folder = await temporaryFolder();
    await chmod(folder.path, 0o711);
    const directory = join(folder.path, 'environment');
    endpoint = await azureEndpoint(directory, { name: 'operator', objectId: '00000000-0000-0000-0000-00000000000f' });
    project = await azureProject(folder.path, directory, endpoint);
  });
  after(async () => {
    await endpoint.close();
    await folder.remove();
  });

  const up = async () => {
    const ended = await project.up();
    assert.equal(ended.code, 0, ended.output);
    return ended.output;
  };

  it('previews an estate that is not there, and calls nothing that writes', async () => {
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
    assert.deepEqual(
      endpoint.calls.filter((call) => !call.startsWith('GET')),
      [],
    );
  });

  it('makes one of each type, whose app then serves with the secret and an identity', async () => {
    await up();
    const { fqdn, revision, ids } = await project.outputs();
    assert.equal(revision, 'api--first');
    assert.equal(ids.length, 4);
    const env = await (await fetch(`http://${fqdn}/env`)).json();
    assert.equal((env as Record<string, string>).PLANTED, 'planted-7d21');
    assert.ok((env as Record<string, string>).IDENTITY_ENDPOINT);
  });

  it('keeps secrets out of what it prints and of the state', async () => {
    const { output } = await project.pulumi('stack', 'export');
    assert.ok(!output.includes('planted-7d21'), output);
  });

  it('changes nothing when nothing has changed', async () => {
    const output = await up();
    assert.match(output, /24 unchanged/);
    assert.doesNotMatch(output, /updated|created|replaced/);
  });

  it('updates with the whole body: a candidate at 0 % beside what serves', async () => {
    project.settings.suffix = 'second';
    project.settings.traffic = [
      { revisionName: 'api--first', weight: 100 },
      { revisionName: 'api--second', weight: 0, label: 'candidate' },
    ];
    assert.match(await up(), /1 updated/);
    const app = endpoint.apps().get('api');
    assert.deepEqual(
      app.revisions.map(({ name }) => name),
      ['api--first', 'api--second'],
    );
  });

  it('sees by refresh what was changed past it, and puts it back by the next up', async () => {
    const app = endpoint.apps().get('api');
    const body = structuredClone(app.body);
    const traffic = [{ revisionName: 'api--second', weight: 100 }];
    Object.assign(body.properties.configuration.ingress ?? {}, { traffic });
    await (await endpoint.apps().put('api', body)).settle();
    const refreshed = await project.pulumi('refresh', '--yes', '--skip-preview');
    assert.equal(refreshed.code, 0, refreshed.output);
    const output = await up();
    assert.match(output, /1 updated/);
    const [first] = endpoint.apps().get('api').body.properties.configuration.ingress?.traffic ?? [];
    assert.deepEqual(first, { revisionName: 'api--first', weight: 100 });
    assert.doesNotMatch(await up(), /updated/);
  });

  it('plans another resource when what cannot change is changed', async () => {
    const guids = project.settings.guids as Record<string, string>;
    project.settings.guids = { ...guids, starter: '00000000-0000-0000-0000-0000000000aa' };
    const { output } = await project.pulumi('preview');
    project.settings.guids = guids;
    assert.match(output, /RoleDefinition starter replace/);
  });

  it('takes over nothing that is already there', async () => {
    const removed = await project.pulumi('state', 'delete', '--yes', await urnOf('BlobContainer'));
    assert.equal(removed.code, 0, removed.output);
    const { code, output } = await project.up();
    assert.notEqual(code, 0);
    assert.match(output, /cannot create already existing resource .*\/containers\/evidence/);
    const storage = [...endpoint.world.resources.keys()].find((key) => key.endsWith('/containers/evidence')) ?? '';
    endpoint.world.resources.delete(storage);
    await up();
  });

  it('gives up on a refusal, and shows the code and message of the service', async () => {
    project.settings.env = [];
    const { code, output } = await project.up();
    assert.notEqual(code, 0);
    assert.match(output, /ContainerAppRevisionSuffixInUse: The revision 'api--second' exists with another template/);
  });

  async function urnOf(type: string): Promise<string> {
    const { output } = await project.pulumi('stack', '--show-urns');
    return new RegExp(`urn:\\S+${type}::\\S+`).exec(output)?.[0] ?? '';
  }

  it('deletes everything', async () => {
    const { code, output } = await project.pulumi('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual([...endpoint.world.resources.keys()], []);
  });
});

describe('the stand-in for the azure-native plugin', () => {
  const refusals = {
    'no endpoint': undefined,
    'the public cloud': 'https://management.azure.com',
    'a name that only begins like loopback': 'http://127.0.0.1.example.com',
    'a text that is no address': 'loopback',
  };
  for (const [what, ARM_ENDPOINT] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => providerSettings({ ARM_ENDPOINT }).endpoint(), /needed a loopback address .* stand-in/);
    });
  }

  it('says so in its first line', async () => {
    const script = await readFile(join(azureNativePlugin.standIn, 'pulumi-resource-azure-native'), 'utf8');
    assert.match(script.split('\n')[1] ?? '', /^# Stand-in for the provider plugin of @pulumi\/azure-native/);
  });
});
