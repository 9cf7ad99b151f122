import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { configReport } from '../../stacks/config-problem.ts';
import { azureConfig, broughtPlatform, group, inJob } from './azure-sample.ts';
import { type Changes, changedConfig } from './changed-config.ts';
import { parse, parsed } from './sample-config.ts';

const configWith = (changes: Changes, base: object = azureConfig) => changedConfig(base, changes);

const api = 'release/services/api';
const zero = '00000000-0000-0000-0000-000000000000';
const worker = 'release.services.worker';
const elsewhere = group.replace(/1{8}/, '99999999');
const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets/db`;
const single = '2 to 15 lower-case letters, digits and single dashes';
const guid = 'a GUID, 8-4-4-4-12 hex digits';
const unique = 'lower-case letters, digits and dashes, unique in Azure';
const ownNames = 'a name of its own for each identity';
const byDigest = 'an image by digest: name@sha256:<64 hex>';
const registry = 'shopregistry.azurecr.io, as platform.registry';
const digest = `sha256:${'d'.repeat(64)}`;

/** One mistake each: what is changed, and the key, what was found and what was needed as they are reported. */
const table: readonly (readonly [changes: Changes, key: string, found: string, needed: string])[] = [
  [{ 'platform/subscription': 'mine' }, 'platform.subscription', 'mine', guid],
  [{ 'platform/tenant': undefined }, 'platform.tenant', 'nothing', 'a value of type string'],
  [{ 'platform/name': 'sh--op' }, 'platform.name', 'sh--op', single],
  [{ 'platform/name': 'a-name-of-seventeen' }, 'platform.name', 'a-name-of-seventeen', single],
  [{ 'platform/operator': undefined }, 'platform.operator', 'nothing', 'a value of type object'],
  [{ 'platform/operator/type': 'Robot' }, 'platform.operator.type', 'Robot', 'one of User, Group, ServicePrincipal'],
  [{ 'platform/directory': 'here' }, 'platform.directory', 'here', 'no such key'],
  [
    { 'platform/endpoint': 'https://arm.internal' },
    'platform.endpoint',
    'https://arm.internal',
    'a loopback address, http://127.0.0.1:PORT',
  ],
  [{ 'platform/server/name': 'Shop' }, 'platform.server.name', 'Shop', `3 to 63 ${unique}`],
  [{ 'platform/server/retentionDays': 3 }, 'platform.server.retentionDays', '3', 'at least 7'],
  [
    { 'platform/server/tier': 'Burstable' },
    'platform.server.sku',
    'Standard_D2ds_v5',
    'Standard_B…, as tier Burstable has',
  ],
  [
    { 'platform/server/sku': 'Standard_B2s' },
    'platform.server.sku',
    'Standard_B2s',
    'none of Standard_B…, as tier GeneralPurpose',
  ],
  [
    { 'platform/server': { tier: 'Burstable', sku: 'Standard_B2s', highAvailability: 'SameZone' } },
    'platform.server.highAvailability',
    'SameZone',
    'Disabled, or another tier than Burstable',
  ],
  [
    { 'platform/database/existing': true },
    'platform.database.existing',
    'true on a server that is made',
    'false, or the server that it is on as platform.server.existing',
  ],
  [
    { 'platform/server/parameters': { require_secure_transport: 'OFF' } },
    'platform.server.parameters.require_secure_transport',
    'OFF',
    'nothing: TLS 1.2 or later is demanded',
  ],
  [
    { 'platform/network': { topology: 'public', firewall: { all: { from: '0.0.0.0', to: '255.255.255.255' } } } },
    'platform.network.firewall.all',
    'an object with from, to',
    'a range of one /16 at most, or 0.0.0.0 to 0.0.0.0 for every service of Azure',
  ],
  [
    { 'platform/network': { topology: 'public' }, 'platform/environment/internal': true },
    'platform.environment.internal',
    'true without a network',
    'topology private',
  ],
  [
    { 'platform/network': { topology: 'private', existing: { environmentSubnet: subnet, databaseSubnet: subnet } } },
    'platform.network.existing.databaseZone',
    'nothing',
    'the private DNS zone of the server that is made',
  ],
  [
    { 'platform/environment': broughtPlatform.environment },
    'platform.network',
    'a network of its own, which an environment that is brought does not reach',
    'the network that the environment is in, as platform.network.existing',
  ],
  [
    { 'platform/vault/existing': `${elsewhere}/providers/Microsoft.KeyVault/vaults/vault` },
    'platform.vault.existing',
    'subscription 99999999-2222-3333-4444-555555555555',
    `one of ${azureConfig.platform.subscription}`,
  ],
  [
    { 'platform/vault/existing': `${group}/providers/Microsoft.Storage/storageAccounts/vault` },
    'platform.vault.existing',
    `${group}/provider…`,
    'an ARM id: /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults',
  ],
  [{ 'platform/identities/migrate/name': 'shop-apps' }, 'platform.identities.migrate.name', 'shop-apps', ownNames],
  [{ 'platform/operator/name': 'shop-apps' }, 'platform.identities', 'shop-apps twice', ownNames],
  [{ 'platform/gates': { ...inJob, image: 'gates:latest' } }, 'platform.gates.image', 'gates:latest', byDigest],
  [
    { 'platform/gates': { ...inJob, image: `other.azurecr.io/gates@${digest}` } },
    'platform.gates.image',
    'registry other.azurecr.io',
    registry,
  ],
  [
    { 'platform/gates': inJob, 'platform/secrets/rehearse-shadow-url': undefined },
    'platform.secrets.rehearse-shadow-url',
    'nothing',
    'its version in the vault, or config: the rehearsal needs a server for its shadow',
  ],
  [
    { 'platform/secrets': {} },
    `${worker}.secretEnv.TOKEN`,
    'api-token',
    'a name in platform.secrets, or database-url-app or azure-client-id',
  ],
  [
    { 'platform/secrets/azure-client-id': 'config' },
    'platform.secrets.azure-client-id',
    'azure-client-id',
    'another name: the estate has this one',
  ],
  [{ [`${api}/image`]: 'stacks/app' }, 'release.services.api.image', 'stacks/app', byDigest],
  [
    { [`${api}/image`]: `other.azurecr.io/api@${digest}` },
    'release.services.api.image',
    'registry other.azurecr.io',
    registry,
  ],
  [
    { 'release/services/a--b': azureConfig.release.services.worker },
    'release.services.a--b',
    'the name a--b',
    'single dashes: -- is between app and revision',
  ],
  [
    { 'release/services/a-worker-with-a-name-too-longish': azureConfig.release.services.worker },
    'release.services.a-worker-with-a-name-too-longish',
    'a name of 32 characters',
    '29 at most for a worker: its revision is named after it',
  ],
  [
    { [`${api}/env`]: { MODE: 'x' }, [`${api}/secretEnv`]: { MODE: 'api-token' } },
    'release.services.api.env.MODE',
    'MODE a second time',
    'MODE in env or in secretEnv, not in both',
  ],
  [
    { [`${api}/env`]: { PORT: '1' } },
    'release.services.api.env.PORT',
    'PORT a second time',
    'nothing: it comes from port',
  ],
  [{ [`${api}/cpu`]: 0.3 }, 'release.services.api.cpu', '0.3', 'a valid number: must be a multiple of 0.25'],
  [
    { [`${api}/replicas`]: 5, [`${api}/scale`]: { max: 2, rule: { kind: 'http', concurrentRequests: 10 } } },
    'release.services.api.scale.max',
    '2',
    'at least 5, the replicas',
  ],
  [
    {
      'platform/gates': inJob,
      'smoke/surfaces/health/headers': { authorization: { secret: 'smoke-token' } },
    },
    'platform.secrets.smoke-token',
    'nothing',
    'its version in the vault, or config: the smoke suite asks for it',
  ],
  [
    { 'rehearse/images': {} },
    'rehearse.images.api',
    'nothing',
    'the folder that its image was built from, for the rehearsal',
  ],
  [{ 'rehearse/images/shop': 'shop' }, 'rehearse.images.shop', 'the name shop', 'one of api, worker'],
  [
    { restorePoint: { strategy: 'pitr', server: broughtPlatform.server.existing } },
    'restorePoint.server',
    broughtPlatform.server.existing,
    `the server of the platform: ${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db`,
  ],
  [
    { 'migrations/bootstrap': ['roles.sql'] },
    'migrations.bootstrap',
    '1 files',
    'none on Azure: an administrator of the server runs them once',
  ],
  [{ 'platform/subscription': zero }, 'platform.subscription', `the placeholder ${zero}`, 'a value of your own'],
  [
    { [`${api}/image`]: `registry.example.com/api@${digest}` },
    'release.services.api.image',
    `the placeholder registry.example.com/api@${digest}`,
    'a value of your own',
  ],
  [{ 'release/sha': '0'.repeat(40) }, 'release.sha', `the placeholder ${'0'.repeat(40)}`, 'a value of your own'],
];

describe('the configuration of a stack on Azure', () => {
  for (const [changes, key, found, needed] of table) {
    it(`refuses ${found} as ${key}`, () => {
      const result = parse(configWith(changes));
      assert.ok('length' in result, 'the configuration was taken');
      assert.deepEqual(
        result.map((each) => ({ key: each.key, found: each.found, needed: each.needed })),
        [{ key: `sallyport:${key}`, found, needed }],
      );
    });
  }

  it('takes the sample, with a private server and a name for everything', () => {
    const { platform } = parsed(azureConfig);
    assert.ok(platform.kind === 'azure');
    assert.ok(platform.network.topology === 'private');
    assert.equal(platform.protect, true);
    assert.deepEqual(platform.gates, { runner: 'in-process' });
    assert.deepEqual(platform.database, { name: 'app', existing: false, port: 5432 });
  });

  it('takes what is there already', () => {
    const { platform } = parsed(configWith({ platform: broughtPlatform }));
    assert.ok(platform.kind === 'azure' && 'existing' in platform.server);
  });

  it('takes the one range that Azure gives a meaning of its own', () => {
    const firewall = { azure: { from: '0.0.0.0', to: '0.0.0.0' } };
    parsed(configWith({ 'platform/network': { topology: 'public', firewall } }));
  });

  it('takes placeholders where a loopback endpoint keeps them from Azure', () => {
    const changes = { 'platform/subscription': zero, 'platform/endpoint': 'http://127.0.0.1:4567' };
    parsed(configWith(changes));
  });

  it('reports every mistake in one go, with the line that mends each', () => {
    const result = parse(configWith({ 'platform/secrets': {}, 'platform/tenant': zero }));
    assert.ok('length' in result);
    const text = configReport(result);
    assert.match(text, /2 problems/);
    assert.match(text, /pulumi config set --path 'sallyport:platform\.tenant' </);
  });
});
