import assert from 'node:assert/strict';
import * as pulumi from '@pulumi/pulumi';
import { before, describe, it } from 'mocha';
import type { AppTemplates } from '../../infra/azure/app-template.ts';
import { estateOf } from '../../stacks/estate.ts';
import { Promotion } from '../../stacks/promotion.ts';
import { receiptFor, sampleRelease } from '../gates/sample-release.ts';
import { promotionGates as gates } from '../support/promotion-gates.ts';
import { azureAnswer } from './azure-answers.ts';
import { azureConfig, azurePlatform, broughtPlatform, group, inJob, subscription } from './azure-sample.ts';
import { type Made, recordProgram } from './record-program.ts';
import { parsed } from './sample-config.ts';

const { api, worker } = sampleRelease().services;
assert.ok(api && worker);
const release = sampleRelease({
  services: {
    api: {
      ...api,
      replicas: 2,
      env: { MODE: 'shop' },
      secretEnv: { DATABASE_URL: 'database-url-app', AZURE_CLIENT_ID: 'azure-client-id', TOKEN: 'api-token' },
      cpu: 1,
      scale: { max: 10, rule: { kind: 'http', concurrentRequests: 40 } },
    },
    worker: { ...worker, secretEnv: { KEY: 'mail-key' } },
  },
});
const templates: AppTemplates = {
  api: {
    image: 'cleared/api@sha256:one',
    command: ['node', 'cleared.js'],
    env: [{ name: 'MODE', value: 'cleared' }],
    revisionSuffix: 'r1',
    revision: 'api--r1',
    traffic: [
      { revisionName: 'api--r0', weight: 100 },
      { revisionName: 'api--r1', weight: 0 },
    ],
    standby: false,
  },
  worker: {
    image: 'cleared/worker@sha256:two',
    command: ['node', 'work.js'],
    env: [],
    revisionSuffix: 'r1-standby',
    revision: 'worker--r1-standby',
    standby: true,
  },
};

/** What the resources of Sallyport itself give. */
function ownOutputs(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const kind = name.replace('promotion-', '');
  if (kind === 'database-roles') return { address: { ...(inputs.database as object), users: inputs.users } };
  if (kind === 'job-clearance') return { image: 'cleared/migrate@sha256:three' };
  if (kind === 'app-clearance') return { templates };
  if (!gates.includes(kind)) return kind.startsWith('guard-') ? { stdout: 'fine' } : {};
  return { receipt: receiptFor(release, kind, kind === 'candidate' ? { candidates: {} } : {}) };
}

async function made(platform: object = {}, more: object = {}): Promise<Map<string, Made>> {
  const config = parsed({ ...azureConfig, ...more, platform: { ...azurePlatform, ...platform } });
  const declareEstate = await estateOf(config);
  const { resources } = await recordProgram(
    (args) => {
      const own = args.type.startsWith('pulumi-nodejs:') || !args.type.startsWith('azure-native:');
      return own ? { state: ownOutputs(args.name, args.inputs) } : azureAnswer(args);
    },
    () => {
      const given = { 'sallyport:mail-key': 'the key', 'sallyport:server-administrator-password': 'the password' };
      pulumi.runtime.setAllConfig(given, Object.keys(given));
      return new Promotion('promotion', { config, release, bootstrap: [], declareEstate }).addresses;
    },
    ({ token }) => {
      assert.equal(token, 'azure-native:operationalinsights:getSharedKeys');
      return { primarySharedKey: 'the shared key' };
    },
  );
  return resources;
}

/** Every resource that has to be there before this one, by data or by order. */
function ancestors(resources: ReadonlyMap<string, Made>, name: string, found = new Set<string>()): ReadonlySet<string> {
  for (const other of resources.get(name)?.after ?? []) {
    if (found.has(other)) continue;
    found.add(other);
    ancestors(resources, other, found);
  }
  return found;
}

const ofType = (resources: ReadonlyMap<string, Made>, token: string) =>
  [...resources.values()].filter(({ type }) => type === `azure-native:${token}`);

function one(resources: ReadonlyMap<string, Made>, name: string): Made {
  const found = resources.get(`promotion-${name}`);
  assert.ok(found, `no resource promotion-${name} in ${[...resources.keys()].join(', ')}`);
  return found;
}

/** The only container of an app or a job. */
function containerOf({ inputs }: Made) {
  const { containers } = inputs.template as { containers: readonly Record<string, unknown>[] };
  assert.equal(containers.length, 1);
  const [container] = containers;
  assert.ok(container);
  return container;
}

const gatesBefore = (gate: string) => gates.slice(0, gates.indexOf(gate)).map((each) => `promotion-${each}`);

describe('a promotion on Azure', () => {
  let resources: Map<string, Made>;
  before(async () => {
    resources = await made();
  });

  describe('order', () => {
    const acting = [
      ['job', 'migrate'],
      ['job-clearance', 'migrate'],
      ['migrate', 'migrate'],
      ['app-clearance', 'candidate'],
      ['app-api', 'candidate'],
      ['app-worker', 'candidate'],
      ['candidate', 'candidate'],
      ['smoke', 'smoke'],
      ['flip', 'flip'],
      ['accept', 'accept'],
    ] as const;
    for (const [name, gate] of acting) {
      it(`puts every gate before ${gate} before ${name}`, () => {
        const found = ancestors(resources, `promotion-${name}`);
        for (const earlier of gatesBefore(gate)) assert.ok(found.has(earlier), `${earlier} is not before ${name}`);
      });
    }

    it('puts all that releases run on before the first gate, and nothing of a release', () => {
      const found = ancestors(resources, 'promotion-preflight');
      const released = ['promotion-job', 'promotion-app-api', 'promotion-app-worker'];
      // The apps' own secrets are needed by the apps only.
      const late = [/foundation-vault/, /foundation-(apps|migrate|registry)/];
      for (const { name, type } of resources.values()) {
        if (!type.startsWith('azure-native:') || late.some((each) => each.test(name))) continue;
        assert.equal(found.has(name), !released.includes(name), name);
      }
      assert.ok(found.has('promotion-database-roles'));
    });

    it('puts the candidate gate after every app, by data', () => {
      const declared = one(resources, 'candidate').data.get('declared');
      assert.ok(declared?.includes('promotion-app-api') && declared.includes('promotion-app-worker'));
      assert.deepEqual(one(resources, 'candidate').inputs.declared, { api: 'api--r1', worker: 'worker--r1-standby' });
    });

    it('is of data for whatever a gate clears: no dependsOn can be left out with --target', () => {
      for (const name of ['job', 'job-clearance', 'app-clearance', 'app-api', 'app-worker', ...gates]) {
        const { after, data } = one(resources, name);
        const given = new Set([...data.values()].flat());
        assert.deepEqual(
          after.filter((other) => !given.has(other)),
          [],
          name,
        );
      }
    });

    it('lets nothing have an image but from its clearance', () => {
      const images = ['job', 'app-api', 'app-worker'].map((name) => containerOf(one(resources, name)).image);
      assert.deepEqual(images, ['cleared/migrate@sha256:three', templates.api?.image, templates.worker?.image]);
      assert.ok(one(resources, 'job').data.get('template')?.includes('promotion-job-clearance'));
      for (const name of ['app-api', 'app-worker']) {
        assert.ok(one(resources, name).data.get('template')?.includes('promotion-app-clearance'), name);
      }
      const asked = Object.values(release.services).map(({ image }) => image);
      for (const { name, type, inputs } of resources.values()) {
        if (!type.startsWith('azure-native:')) continue;
        for (const image of asked) assert.ok(!JSON.stringify(inputs).includes(image), `${name} has ${image}`);
      }
    });

    it('gives the clearances the receipts of every gate before them, in order', () => {
      const receiptsOf = (name: string) =>
        (one(resources, name).inputs.receipts as { gate: string }[]).map(({ gate }) => `promotion-${gate}`);
      assert.deepEqual(receiptsOf('job-clearance'), gatesBefore('migrate'));
      assert.deepEqual(receiptsOf('app-clearance'), gatesBefore('candidate'));
    });
  });

  it('goes to the subscription that is configured, whoever is signed in where', () => {
    assert.equal(one(resources, 'azure').inputs.subscriptionId, subscription);
    for (const { name, type, provider } of resources.values()) {
      if (type.startsWith('azure-native:')) assert.equal(provider, 'promotion-azure', name);
    }
  });

  it('names the platform and the database to every gate', () => {
    for (const gate of gates) {
      const { platform, database } = one(resources, gate).inputs;
      assert.deepEqual(platform, {
        kind: 'azure',
        subscriptionId: subscription,
        resourceGroup: 'shop',
        environmentId: `${group}/app:ManagedEnvironment/shop-env`,
        azure: {
          tenantId: azurePlatform.tenant,
          serverId: `${group}/dbforpostgresql:Server/shop-db`,
          logs: { destination: 'log-analytics', workspaceId: 'customer of shop-logs' },
          gates: { runner: 'in-process' },
        },
      });
      const host = 'shop-db.postgres.database.azure.com';
      const users = { gates: 'shop-promotions', migrator: 'shop-migrate', app: 'shop-apps' };
      assert.deepEqual(database, { host, port: 5432, database: 'app', tls: true, users });
    }
  });

  it('points the restore point to its own server', () => {
    const { restorePoint } = one(resources, 'restore-point').inputs as { restorePoint: Record<string, unknown> };
    assert.equal(restorePoint.strategy, 'pitr');
    assert.equal(restorePoint.server, `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db`);
  });

  it('protects what holds data, and nothing else', () => {
    const kept = [...resources.values()].filter(({ protect }) => protect).map(({ type }) => type.split(':').at(-1));
    assert.deepEqual(kept.sort(), ['Database', 'ManagedEnvironment', 'Server', 'Vault']);
  });

  it('keeps every secret that it is given encrypted in the state', () => {
    const withSecrets = [...resources.values()].flatMap(({ name, secrets }) => secrets.map((key) => `${name} ${key}`));
    assert.deepEqual(withSecrets.sort(), [
      'promotion-foundation-environment appLogsConfiguration',
      'promotion-foundation-vault-mail-key properties',
    ]);
  });

  it('starts the migration job only by hand, once, without a retry, within the bound that is configured', () => {
    const { inputs } = one(resources, 'job');
    const { registries, secrets, ...configuration } = inputs.configuration as Record<string, unknown>;
    const identity = `${group}/managedidentity:UserAssignedIdentity/shop-migrate`;
    assert.deepEqual(configuration, {
      triggerType: 'Manual',
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
      replicaRetryLimit: 0,
      replicaTimeout: 900,
    });
    assert.deepEqual(secrets, []);
    assert.deepEqual(registries, [{ server: 'shopregistry.azurecr.io', identity }]);
    assert.deepEqual(inputs.identity, { type: 'UserAssigned', userAssignedIdentities: [identity] });
    assert.equal(inputs.jobName, 'migrate');
    const { command, env } = containerOf(one(resources, 'job'));
    assert.deepEqual(command, release.migrations.command);
    const url = 'postgres://shop-migrate@shop-db.postgres.database.azure.com:5432/app?sslmode=verify-full';
    assert.deepEqual(env, [
      { name: 'DATABASE_URL', value: url },
      { name: 'AZURE_CLIENT_ID', value: 'client of shop-migrate' },
    ]);
    assert.equal(one(resources, 'migrate').inputs.job, 'migrate');
  });

  it('declares a service as it was cleared', () => {
    const app = one(resources, 'app-api');
    const { configuration, template, containerAppName } = app.inputs as Record<string, Record<string, unknown>>;
    assert.equal(containerAppName, 'api');
    assert.equal(configuration?.activeRevisionsMode, 'Multiple');
    assert.deepEqual(configuration?.ingress, {
      external: true,
      targetPort: 3000,
      transport: 'auto',
      allowInsecure: false,
      traffic: templates.api?.traffic,
    });
    assert.equal(template?.revisionSuffix, 'r1');
    assert.deepEqual(template?.scale, {
      minReplicas: 2,
      maxReplicas: 10,
      rules: [{ name: 'http', http: { metadata: { concurrentRequests: '40' } } }],
    });
    const { image, command, env, resources: size, probes } = containerOf(app);
    assert.deepEqual(
      { image, command, env },
      { image: templates.api?.image, command: ['node', 'cleared.js'], env: templates.api?.env },
    );
    assert.deepEqual(size, { cpu: 1, memory: '2Gi' });
    const kinds = (probes as { type: string; httpGet: object }[]).map(({ type, httpGet }) => ({ type, ...httpGet }));
    assert.deepEqual(
      kinds,
      ['Startup', 'Liveness', 'Readiness'].map((type) => ({ type, port: 3000, path: '/healthz' })),
    );
  });

  it('gives a service its secrets by version from the vault, and what the estate knows by value', () => {
    const { secrets } = one(resources, 'app-api').inputs.configuration as Record<string, unknown>;
    const identity = `${group}/managedidentity:UserAssignedIdentity/shop-apps`;
    const url = 'postgres://shop-apps@shop-db.postgres.database.azure.com:5432/app?sslmode=verify-full';
    const keyVaultUrl = 'https://shop-vault.vault.azure.net/secrets/api-token/0123456789abcdef0123456789abcdef';
    assert.deepEqual(secrets, [
      { name: 'api-token', keyVaultUrl, identity },
      { name: 'azure-client-id', value: 'client of shop-apps' },
      { name: 'database-url-app', value: url },
    ]);
    const { secrets: ofWorker } = one(resources, 'app-worker').inputs.configuration as Record<string, unknown>;
    const putThere = 'https://vault/secrets/mail-key/made';
    assert.deepEqual(
      ofWorker,
      [{ name: 'mail-key', keyVaultUrl: putThere, identity }],
      'the version that was put there',
    );
  });

  it('declares a worker without ingress', () => {
    const { configuration } = one(resources, 'app-worker').inputs as Record<string, Record<string, unknown>>;
    assert.equal(configuration?.ingress, undefined);
    assert.equal(configuration?.activeRevisionsMode, 'Multiple');
  });

  it('lets apps read secrets and pull, and the migration only pull', () => {
    const granted = ofType(resources, 'authorization:RoleAssignment').map(({ inputs }) => {
      const { roleDefinitionId, scope, principalId, principalType } = inputs as Record<string, string>;
      assert.equal(principalType, 'ServicePrincipal');
      return [principalId, roleDefinitionId?.split('/').at(-1), scope?.split('/').at(-1)].join(' ');
    });
    assert.deepEqual(granted.sort(), [
      'principal of shop-apps 4633458b-17de-408a-b874-0445c86b69e6 shop-vault',
      'principal of shop-apps 7f951dda-4ed3-4680-a7ca-43fe172d538d shopregistry',
      'principal of shop-migrate 7f951dda-4ed3-4680-a7ca-43fe172d538d shopregistry',
    ]);
    assert.deepEqual(ofType(resources, 'authorization:RoleDefinition'), []);
  });

  it('lets nobody use an identity whose roles are not assigned yet', () => {
    assert.ok(ancestors(resources, 'promotion-app-api').has('promotion-foundation-apps-may-secrets'));
    assert.ok(one(resources, 'app-api').data.get('identity')?.includes('promotion-foundation-apps-may-pull'));
    assert.ok(one(resources, 'job').data.get('identity')?.includes('promotion-foundation-migrate-may-pull'));
  });

  it('makes a server with Microsoft Entra alone, TLS, and no public address', () => {
    const { authConfig, network, backup, highAvailability } = one(resources, 'foundation-database-server')
      .inputs as Record<string, Record<string, unknown>>;
    assert.deepEqual(authConfig, {
      activeDirectoryAuth: 'Enabled',
      passwordAuth: 'Disabled',
      tenantId: azurePlatform.tenant,
    });
    assert.equal(network?.publicNetworkAccess, 'Disabled');
    assert.deepEqual(backup, { backupRetentionDays: 14, geoRedundantBackup: 'Disabled' });
    assert.equal(highAvailability?.mode, 'Disabled');
    assert.equal(one(resources, 'foundation-database-parameter-require_secure_transport').inputs.value, 'ON');
    const { principalName, principalType } = one(resources, 'foundation-database-administrator-operator').inputs;
    assert.deepEqual([principalName, principalType], ['shop-promotions', 'servicePrincipal']);
  });

  it('changes the server one thing at a time', () => {
    const chain = [...resources.values()].filter(
      ({ parent, type }) => parent === 'promotion-foundation-database' && !type.endsWith(':Server'),
    );
    assert.equal(chain.length, 4);
    const counts = chain.map(
      ({ name }) => [...ancestors(resources, name)].filter((other) => chain.some((each) => each.name === other)).length,
    );
    assert.deepEqual(counts.sort(), [0, 1, 2, 3]);
  });

  it('has the private DNS zone linked before there is a server in it', () => {
    assert.ok(
      one(resources, 'foundation-database-server')
        .data.get('network')
        ?.includes('promotion-foundation-network-zone-link'),
    );
  });

  it('makes a vault that goes by role assignments and cannot be purged', () => {
    const { properties } = one(resources, 'foundation-vault-vault').inputs as Record<string, Record<string, unknown>>;
    assert.equal(properties?.enableRbacAuthorization, true);
    assert.equal(properties?.enablePurgeProtection, true);
  });
});

describe('an estate on Azure', () => {
  it('is made without a network where the topology is public, and lets in who is named', async () => {
    const firewall = { office: { from: '192.0.2.1', to: '192.0.2.9' } };
    const resources = await made({ network: { topology: 'public', firewall } });
    for (const token of ['network:VirtualNetwork', 'network:Subnet', 'privatedns:PrivateZone']) {
      assert.deepEqual(ofType(resources, token), [], token);
    }
    const { network } = one(resources, 'foundation-database-server').inputs;
    assert.deepEqual(network, { publicNetworkAccess: 'Enabled' });
    const { firewallRuleName, startIpAddress, endIpAddress } = one(
      resources,
      'foundation-database-firewall-office',
    ).inputs;
    assert.deepEqual([firewallRuleName, startIpAddress, endIpAddress], ['office', '192.0.2.1', '192.0.2.9']);
    assert.equal(one(resources, 'foundation-environment').inputs.vnetConfiguration, undefined);
    assert.ok(ancestors(resources, 'promotion-preflight').has('promotion-foundation-database-firewall-office'));
  });

  it('makes no subnet and no zone for a server that is brought', async () => {
    const resources = await made({ server: broughtPlatform.server });
    assert.deepEqual(
      ofType(resources, 'network:Subnet').map(({ inputs }) => inputs.subnetName),
      ['environment'],
    );
    assert.deepEqual(ofType(resources, 'privatedns:PrivateZone'), []);
    assert.ok(one(resources, 'foundation-database-database'), 'its database is made');
  });

  it('protects nothing, and can be purged, where it is thrown away', async () => {
    const resources = await made({ protect: false, gates: inJob });
    assert.deepEqual(
      [...resources.values()].filter(({ protect }) => protect),
      [],
    );
    const { properties } = one(resources, 'foundation-vault-vault').inputs as Record<string, Record<string, unknown>>;
    assert.equal(properties?.enablePurgeProtection, undefined);
  });

  it('takes the server options that are configured', async () => {
    const server = {
      name: 'orders-db',
      version: '16',
      tier: 'MemoryOptimized',
      sku: 'Standard_E4ds_v5',
      storageGb: 512,
      retentionDays: 35,
      geoRedundantBackup: true,
      highAvailability: 'ZoneRedundant',
      parameters: { 'azure.extensions': 'CITEXT' },
      authentication: 'entra-and-password',
    };
    const group = { name: 'database-owners', objectId: '44444444-2222-3333-4444-555555555555', type: 'Group' };
    const resources = await made({ server, administrator: group });
    const declared = one(resources, 'foundation-database-server');
    const { sku, storage, backup, highAvailability, version, authConfig, administratorLogin } =
      declared.inputs as Record<string, Record<string, unknown>>;
    assert.deepEqual(sku, { name: 'Standard_E4ds_v5', tier: 'MemoryOptimized' });
    assert.deepEqual(storage, { storageSizeGB: 512, autoGrow: 'Enabled' });
    assert.deepEqual(backup, { backupRetentionDays: 35, geoRedundantBackup: 'Enabled' });
    assert.equal(highAvailability?.mode, 'ZoneRedundant');
    assert.equal(version, '16');
    assert.equal(authConfig?.passwordAuth, 'Enabled');
    assert.equal(administratorLogin, 'sallyport');
    assert.deepEqual(declared.secrets, ['administratorLoginPassword']);
    assert.equal(one(resources, 'foundation-database-parameter-azure.extensions').inputs.value, 'CITEXT');
    assert.equal(one(resources, 'database-roles').inputs.administrator, 'database-owners');
    assert.equal(one(resources, 'foundation-database-administrator-operator').inputs.principalType, 'group');
  });

  describe('with gates in a job', () => {
    let resources: Map<string, Made>;
    before(async () => {
      resources = await made({ gates: inJob });
    });

    it('declares the job like the migration job, of the image that is configured', () => {
      const job = one(resources, 'foundation-gates-job');
      const { configuration, jobName } = job.inputs as Record<string, Record<string, unknown>>;
      assert.equal(jobName, 'sallyport-gates');
      assert.equal(configuration?.triggerType, 'Manual');
      assert.deepEqual(configuration?.manualTriggerConfig, { parallelism: 1, replicaCompletionCount: 1 });
      assert.equal(configuration?.replicaRetryLimit, 0);
      const { image, env, command } = containerOf(job);
      assert.equal(image, inJob.image);
      assert.deepEqual(env, [
        { name: 'AZURE_CLIENT_ID', value: 'client of shop-gates' },
        { name: 'SALLYPORT_SECRET_REHEARSE_SHADOW_URL', secretRef: 'rehearse-shadow-url' },
      ]);
      assert.equal(command, undefined);
    });

    it('gives it the secrets that gates ask for, and lets it read no other', async () => {
      const [health] = Object.values(azureConfig.smoke.surfaces);
      const surfaces = { health: { ...health, headers: { authorization: { secret: 'mail-key' } } } };
      const asking = await made({ gates: inJob }, { smoke: { surfaces } });
      const job = one(asking, 'foundation-gates-job');
      assert.deepEqual((containerOf(job).env as object[]).slice(1), [
        { name: 'SALLYPORT_SECRET_MAIL_KEY', secretRef: 'mail-key' },
        { name: 'SALLYPORT_SECRET_REHEARSE_SHADOW_URL', secretRef: 'rehearse-shadow-url' },
      ]);
      const { secrets: held } = job.inputs.configuration as { secrets: { name: string }[] };
      assert.deepEqual(held.map(({ name }) => name).sort(), ['mail-key', 'rehearse-shadow-url']);
      const mayRead = [...asking.values()].filter(({ name }) => name.includes('gates-may-secret'));
      const vault = `${group}/keyvault:Vault/shop-vault`;
      assert.deepEqual(mayRead.map(({ inputs }) => inputs.scope).sort(), [
        `${vault}/secrets/mail-key`,
        `${vault}/secrets/rehearse-shadow-url`,
      ]);
    });

    it('tells every gate which job and which container, once both may be used', () => {
      const { platform } = one(resources, 'preflight').inputs as { platform: { azure: { gates: unknown } } };
      const container = 'https://shopevidence.blob.core.windows.net/evidence';
      assert.deepEqual(platform.azure.gates, { runner: 'job', job: 'sallyport-gates', container });
      const found = ancestors(resources, 'promotion-database-roles');
      for (const name of ['gates-job', 'gates-operator-may-evidence', 'gates-may-promote', 'gates-role']) {
        assert.ok(found.has(`promotion-foundation-${name}`), name);
      }
    });

    it('lets its identity make the roles of the server, and be role gates in it', () => {
      const { administrator, users } = one(resources, 'database-roles').inputs;
      assert.equal(administrator, 'shop-gates');
      assert.deepEqual(users, { gates: 'shop-gates', migrator: 'shop-migrate', app: 'shop-apps' });
      const { objectId, principalName } = one(resources, 'foundation-database-administrator-gates').inputs;
      assert.deepEqual([objectId, principalName], ['principal of shop-gates', 'shop-gates']);
    });

    it('lets gates do what they call, and neither read secrets nor run commands in containers', () => {
      const { permissions, assignableScopes } = one(resources, 'foundation-gates-role').inputs as {
        permissions: { actions: string[]; dataActions: string[] }[];
        assignableScopes: string[];
      };
      assert.deepEqual(assignableScopes, [group]);
      const [allowed] = permissions;
      assert.ok(allowed);
      for (const action of ['Microsoft.App/jobs/start/action', 'Microsoft.App/containerApps/write']) {
        assert.ok(allowed.actions.includes(action), action);
      }
      for (const action of [...allowed.actions, ...allowed.dataActions]) {
        assert.doesNotMatch(action, /\*|listSecrets|exec\/action|delete|jobs\/write|roleAssignments/i);
      }
    });

    it('lets gates and the operator write blobs of the one container, which no key opens', () => {
      const blobs = ofType(resources, 'authorization:RoleAssignment').filter(({ inputs }) =>
        String(inputs.roleDefinitionId).endsWith('/ba92f5b4-2d11-453d-a403-e96b0029c9fe'),
      );
      assert.deepEqual(blobs.map(({ inputs }) => inputs.principalId).sort(), [
        azurePlatform.operator.objectId,
        'principal of shop-gates',
      ]);
      for (const { inputs } of blobs) assert.equal(inputs.scope, `${group}/storage:BlobContainer/evidence`);
      const { allowSharedKeyAccess, allowBlobPublicAccess } = one(
        resources,
        'foundation-gates-evidence-account',
      ).inputs;
      assert.deepEqual([allowSharedKeyAccess, allowBlobPublicAccess], [false, false]);
    });

    it('protects the evidence too', () => {
      assert.ok(one(resources, 'foundation-gates-evidence-account').protect);
      assert.ok(one(resources, 'foundation-gates-evidence-container').protect);
    });

    it('lets gates take backups where restore points are of that kind, and only there', async () => {
      const backup = 'Microsoft.DBforPostgreSQL/flexibleServers/backups/write';
      const actionsOf = (of: Map<string, Made>) => JSON.stringify(one(of, 'foundation-gates-role').inputs.permissions);
      assert.ok(!actionsOf(resources).includes(backup));
      const server = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db`;
      const taking = await made({ gates: inJob }, { restorePoint: { strategy: 'on-demand', server } });
      assert.ok(actionsOf(taking).includes(backup));
    });
  });

  it('assigns no role where they are assigned already', async () => {
    const resources = await made({ gates: inJob, assignRoles: false });
    assert.deepEqual(ofType(resources, 'authorization:RoleAssignment'), []);
    assert.deepEqual(ofType(resources, 'authorization:RoleDefinition'), []);
    assert.ok(one(resources, 'foundation-gates-job'));
  });

  describe('of what is there already', () => {
    let resources: Map<string, Made>;
    before(async () => {
      resources = await made(broughtPlatform);
    });

    it('makes only what is of releases, of roles, and of gates', () => {
      const list = [...resources.values()].filter(
        ({ type, brought }) => type.startsWith('azure-native:') && brought === undefined,
      );
      const types = [...new Set(list.map(({ type }) => type.replace('azure-native:', '')))];
      assert.deepEqual(types.sort(), [
        'app:ContainerApp',
        'app:Job',
        'authorization:RoleAssignment',
        'authorization:RoleDefinition',
      ]);
    });

    it('reads each by its id', () => {
      const read = [...resources.values()].flatMap(({ brought }) => brought ?? []).sort();
      const { resourceGroup, logs, environment, registry, identities, vault, server } = broughtPlatform;
      const ids = [resourceGroup, logs, environment, registry, vault, server, ...Object.values(identities)];
      const account = broughtPlatform.gates.evidence.existing.replace('/blobServices/default/containers/evidence', '');
      assert.deepEqual(read, [...ids.map(({ existing }) => existing), account].sort());
    });

    it('tells gates what is there', () => {
      const { platform, database } = one(resources, 'preflight').inputs as Record<string, Record<string, unknown>>;
      assert.equal(platform?.environmentId, broughtPlatform.environment.existing);
      assert.deepEqual(platform?.azure, {
        tenantId: azurePlatform.tenant,
        serverId: broughtPlatform.server.existing,
        logs: { destination: 'azure-monitor', workspaceId: 'customer of logs' },
        gates: {
          runner: 'job',
          job: 'sallyport-gates',
          container: 'https://blobs.blob.core.windows.net/evidence',
        },
      });
      assert.equal(database?.database, 'orders');
    });

    it('lets gates promote in the group, and call what was brought from elsewhere', () => {
      const scopes = [...resources.values()]
        .filter(({ name }) => /gates-may-promote/.test(name))
        .map(({ inputs }) => String(inputs.scope));
      const { environment, server, logs } = broughtPlatform;
      assert.deepEqual(scopes.sort(), [environment.existing, server.existing, logs.existing, group].sort());
      const { assignableScopes } = one(resources, 'foundation-gates-role').inputs;
      assert.deepEqual(assignableScopes, [group, group.replace(/shop$/, 'shared')]);
    });
  });

  it('speaks to a loopback endpoint without TLS, on the port that is configured', async () => {
    const endpoint = 'http://127.0.0.1:4567';
    const resources = await made({ endpoint, database: { port: 5433 } });
    const { platform, database } = one(resources, 'preflight').inputs as Record<string, Record<string, unknown>>;
    assert.equal(platform?.endpoint, endpoint);
    assert.deepEqual([database?.tls, database?.port], [false, 5433]);
    const { restorePoint } = one(resources, 'restore-point').inputs as { restorePoint: Record<string, unknown> };
    assert.equal(restorePoint.endpoint, endpoint);
  });
});
