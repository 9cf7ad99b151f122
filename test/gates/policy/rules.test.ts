import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Resource } from '../../../gates/policy/resource.ts';
import type { ResourceRule, Settings } from '../../../gates/policy/rule.ts';
import { dataProtected } from '../../../gates/policy/rules/data-protected.ts';
import { imageByDigest } from '../../../gates/policy/rules/image-by-digest.ts';
import { jobRunsOnce } from '../../../gates/policy/rules/job-runs-once.ts';
import { namedRevisions } from '../../../gates/policy/rules/named-revisions.ts';
import { noCommandAround } from '../../../gates/policy/rules/no-command-around.ts';
import { noMigrationInApp } from '../../../gates/policy/rules/no-migration-in-app.ts';
import { noPlainSecret } from '../../../gates/policy/rules/no-plain-secret.ts';
import { privateDatabase } from '../../../gates/policy/rules/private-database.ts';
import { sampleInputs, sampleRelease } from '../sample-release.ts';
import { app, cutoverJob, image, job, resource, unknown } from './sample-resources.ts';

/** What is judged → the code found, `not evaluated`, or undefined where nothing is. */
type Table = Readonly<Record<string, readonly [Resource, string | undefined, Settings?]>>;

const notEvaluated = 'POLICY_NOT_EVALUATED';
const server = (network?: object) => resource('azure-native:dbforpostgresql:Server', network && { network });
const firewall = (startIpAddress: unknown, endIpAddress: unknown) =>
  resource('azure-native:dbforpostgresql:FirewallRule', { startIpAddress, endIpAddress });
const decided = { topology: 'public', reason: 'a team of two, until the network is there' };
const gate = (services: object) =>
  resource('pulumi-nodejs:dynamic/gates:Preflight', { ...sampleInputs(), release: { ...sampleRelease(), services } });
const local = (props: object) =>
  resource('pulumi-nodejs:dynamic/local:Job', { image, command: ['node', 'migrate.ts'], ...props });
const command = (create: unknown) => resource('command:local:Command', { create });
const variable = (name: string, value: unknown) => app({ env: [{ name, value }] });

const tables: readonly (readonly [ResourceRule, Table])[] = [
  [
    imageByDigest,
    {
      'an app with its image by digest': [app(), undefined],
      'a job with its image by digest': [job(), undefined],
      'the local job with its image by digest': [local({}), undefined],
      'something that runs no containers': [server(), undefined],
      'an app with a tag': [app({ image: 'registry.example.com/api:v1' }), 'POLICY_IMAGE'],
      'an app with a tag beside its digest': [app({ image: 'api:v1@sha256:abc' }), 'POLICY_IMAGE'],
      'a job with a tag, of a versioned type': [
        { ...job({ image: 'migrate:latest' }), type: 'azure-native:app/v20250101:Job' },
        'POLICY_IMAGE',
      ],
      'the local job with a folder': [local({ image: '/srv/api' }), 'POLICY_IMAGE'],
      'an init container with a tag': [app({}, { initContainers: [{ name: 'init', image: 'a:1' }] }), 'POLICY_IMAGE'],
      'an app without an image': [app({ image: undefined }), 'POLICY_IMAGE'],
      'an app without a container': [app({}, { containers: [] }), 'POLICY_IMAGE'],
      'an image that is not known': [app({ image: unknown }), notEvaluated],
      'containers that are not known': [app({}, { containers: unknown }), notEvaluated],
      'a template that is not known': [resource('azure-native:app:ContainerApp', { template: unknown }), notEvaluated],
    },
  ],
  [
    noMigrationInApp,
    {
      'an app that serves': [app(), undefined],
      'the job that migrates': [job({ command: ['npx', 'prisma', 'migrate', 'deploy'] }), undefined],
      'an app that migrates first': [
        app({ command: ['sh', '-c', 'npx prisma migrate deploy && node main.js'] }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'an app that migrates by its arguments': [
        app({ command: ['alembic'], args: ['upgrade', 'head'] }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'an init container that migrates': [
        app({}, { initContainers: [{ name: 'init', image, command: ['flyway', 'migrate'] }] }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'an init container of the job': [
        job({}, {}, { initContainers: [{ name: 'init', image, command: ['dbmate', 'up'] }] }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'an app whose image decides what it runs': [app({ command: [] }), 'POLICY_MIGRATION_IN_APP'],
      'a command that is not known': [app({ command: unknown }), notEvaluated],
      'a word of a command that is not known': [app({ command: ['node', unknown] }), notEvaluated],
      'a release whose services serve': [gate(sampleRelease().services), undefined],
      "a release with its own migration command in a service, whatever the program's name": [
        resource('pulumi-nodejs:dynamic/gates:Preflight', {
          release: {
            services: { api: { command: ['./bin/apply'] } },
            migrations: { command: ['./bin/apply'] },
          },
        }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'a release with a migration tool in a service': [
        gate({ api: { command: ['knex', 'migrate:latest'] } }),
        'POLICY_MIGRATION_IN_APP',
      ],
      'a release with a command that is not known': [gate({ api: { command: unknown } }), notEvaluated],
    },
  ],
  [
    noCommandAround,
    {
      "the guard's own checks": [command('npm run typecheck && npm run lint:migrations'), undefined],
      'a resource that is no command': [app({ command: ['az', 'containerapp', 'up'] }), undefined],
      'a command that starts a job': [command('az containerapp job start -n migrate -g prod'), 'POLICY_COMMAND'],
      'a command that shifts traffic': [
        command('az login && az containerapp ingress traffic set -n api --revision-weight latest=100'),
        'POLICY_COMMAND',
      ],
      'a command on another machine that migrates': [
        resource('command:remote:Command', { update: 'cd /srv && alembic upgrade head' }),
        'POLICY_COMMAND',
      ],
      'a command that deletes when it goes': [
        resource('command:local:Command', { create: 'true', delete: 'kubectl delete deployment api' }),
        'POLICY_COMMAND',
      ],
      'a command that is not known': [command(unknown), notEvaluated],
    },
  ],
  [
    namedRevisions,
    {
      'an app with traffic by name': [app(), undefined],
      'a worker': [app({}, {}, { ingress: undefined }), undefined],
      'mode Single': [app({}, {}, { activeRevisionsMode: 'Single' }), 'POLICY_REVISIONS_MODE'],
      'mode Labels': [app({}, {}, { activeRevisionsMode: 'Labels' }), 'POLICY_REVISIONS_MODE'],
      'no mode, which is Single': [app({}, {}, { activeRevisionsMode: undefined }), 'POLICY_REVISIONS_MODE'],
      'a mode that is not known': [app({}, {}, { activeRevisionsMode: unknown }), notEvaluated],
      'traffic to the latest revision': [
        app({}, {}, { ingress: { traffic: [{ latestRevision: true, weight: 100 }] } }),
        'POLICY_LATEST_REVISION',
      ],
      'traffic to the latest revision beside a name': [
        app(
          {},
          {},
          {
            ingress: {
              traffic: [
                { revisionName: 'api--r1', weight: 90 },
                { latestRevision: true, weight: 10 },
              ],
            },
          },
        ),
        'POLICY_LATEST_REVISION',
      ],
      'traffic without a name': [app({}, {}, { ingress: { traffic: [{ weight: 100 }] } }), 'POLICY_LATEST_REVISION'],
      'ingress without traffic': [app({}, {}, { ingress: { external: true } }), 'POLICY_LATEST_REVISION'],
      'traffic that is not known': [app({}, {}, { ingress: { traffic: unknown } }), notEvaluated],
      'a revision that is not known': [
        app({}, {}, { ingress: { traffic: [{ revisionName: unknown }] } }),
        notEvaluated,
      ],
    },
  ],
  [
    jobRunsOnce,
    {
      'a job that runs once': [job(), undefined],
      'something that is no job': [app(), undefined],
      'a job on a schedule': [job({}, { triggerType: 'Schedule' }), 'POLICY_JOB_SETTINGS'],
      'a job that the platform tries again': [job({}, { replicaRetryLimit: 1 }), 'POLICY_JOB_SETTINGS'],
      'a job whose retries are not given': [job({}, { replicaRetryLimit: undefined }), 'POLICY_JOB_SETTINGS'],
      'a job with two replicas': [
        job({}, { manualTriggerConfig: { parallelism: 2, replicaCompletionCount: 1 } }),
        'POLICY_JOB_SETTINGS',
      ],
      'a job that completes twice': [
        job({}, { manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 2 } }),
        'POLICY_JOB_SETTINGS',
      ],
      'a job of a cutover with two replicas': [
        cutoverJob({ manualTriggerConfig: { parallelism: 2, replicaCompletionCount: 2 } }),
        undefined,
      ],
      'a job of a cutover that the platform tries again': [cutoverJob({ replicaRetryLimit: 1 }), 'POLICY_JOB_SETTINGS'],
      'a job by that name that runs something else, twice': [
        cutoverJob({ manualTriggerConfig: { parallelism: 2, replicaCompletionCount: 2 } }, ['node', 'migrate.ts']),
        'POLICY_JOB_SETTINGS',
      ],
      'retries that are not known': [job({}, { replicaRetryLimit: unknown }), notEvaluated],
      'settings that are not known': [resource('azure-native:app:Job', { configuration: unknown }), notEvaluated],
    },
  ],
  [
    noPlainSecret,
    {
      'an app that refers to its secrets': [
        app({ env: [{ name: 'DATABASE_URL', secretRef: 'database-url' }] }),
        undefined,
      ],
      'what is no secret': [variable('TOKEN_ISSUER', 'https://login.example.com/'), undefined],
      'a secret that is empty': [variable('API_KEY', ''), undefined],
      'a password': [variable('POSTGRES_PASSWORD', 'x'), 'POLICY_PLAIN_SECRET'],
      'a token in a job': [job({ env: [{ name: 'github_token', value: 'x' }] }), 'POLICY_PLAIN_SECRET'],
      'a URL with a password, under a harmless name': [
        variable('DATABASE', 'postgres://app:x@db.example.com/app'),
        'POLICY_PLAIN_SECRET',
      ],
      'a connection string': [variable('STORE', 'AccountName=a;AccountKey=x'), 'POLICY_PLAIN_SECRET'],
      'a private key': [variable('SIGN', '-----BEGIN RSA PRIVATE KEY-----\nx'), 'POLICY_PLAIN_SECRET'],
      'a variable of an init container': [
        app({}, { initContainers: [{ name: 'init', image, env: [{ name: 'CLIENT_SECRET', value: 'x' }] }] }),
        'POLICY_PLAIN_SECRET',
      ],
      'a secret of the app that the program knows': [
        app({}, {}, { secrets: [{ name: 'api-token', value: 'x' }] }),
        'POLICY_PLAIN_SECRET',
      ],
      'a secret of the app with a password in it': [
        app({}, {}, { secrets: [{ name: 'database-url-app', value: 'postgres://app:x@db.example.com/app' }] }),
        'POLICY_PLAIN_SECRET',
      ],
      'an address without a password among the secrets of the app': [
        app({}, {}, { secrets: [{ name: 'database-url-app', value: 'postgres://app@db.example.com/app' }] }),
        undefined,
      ],
      'a secret of the app that is not known': [
        app({}, {}, { secrets: [{ name: 'x', value: unknown }] }),
        notEvaluated,
      ],
      'a secret of the app by reference': [
        app({}, {}, { secrets: [{ name: 'token', keyVaultUrl: unknown, identity: unknown }] }),
        undefined,
      ],
      'secrets that are not known': [app({}, {}, { secrets: unknown }), notEvaluated],
      'a value that is not known': [variable('ADDRESS', unknown), notEvaluated],
      'an environment that is not known': [app({ env: unknown }), notEvaluated],
      'a secret in the release': [gate({ api: { env: { SESSION_SECRET: 'x' } } }), 'POLICY_PLAIN_SECRET'],
      'a release without': [gate({ api: { env: { LOG_LEVEL: 'info' } } }), undefined],
    },
  ],
  [
    dataProtected,
    {
      'a protected server': [resource('azure-native:dbforpostgresql:Server', {}, true), undefined],
      'a server': [server(), 'POLICY_UNPROTECTED'],
      'a database': [resource('azure-native:dbforpostgresql:Database'), 'POLICY_UNPROTECTED'],
      'a vault': [resource('azure-native:keyvault:Vault'), 'POLICY_UNPROTECTED'],
      storage: [resource('azure-native:storage:StorageAccount'), 'POLICY_UNPROTECTED'],
      'the environment': [resource('azure-native:app:ManagedEnvironment'), 'POLICY_UNPROTECTED'],
      'what holds nothing': [app(), undefined],
    },
  ],
  [
    privateDatabase,
    {
      'a server in its own subnet': [server({ delegatedSubnetResourceId: '/subscriptions/0/subnets/db' }), undefined],
      'a server in a subnet that is being made': [server({ delegatedSubnetResourceId: unknown }), undefined],
      'a server with private endpoints only': [server({ publicNetworkAccess: 'Disabled' }), undefined],
      'a server as the service makes it by default': [server(), 'POLICY_DATABASE_PUBLIC'],
      'a public server': [server({ publicNetworkAccess: 'Enabled' }), 'POLICY_DATABASE_PUBLIC'],
      'a network that is not known': [server({ publicNetworkAccess: unknown }), notEvaluated],
      'a public server, decided with a reason': [server({ publicNetworkAccess: 'Enabled' }), undefined, decided],
      'a public server, decided without one': [
        server({ publicNetworkAccess: 'Enabled' }),
        'POLICY_DATABASE_PUBLIC',
        { topology: 'public', reason: ' ' },
      ],
      'a firewall rule': [firewall('203.0.113.7', '203.0.113.7'), 'POLICY_DATABASE_PUBLIC'],
      'a firewall rule, decided': [firewall('203.0.113.0', '203.0.113.255'), undefined, decided],
      "Azure's own addresses, decided": [firewall('0.0.0.0', '0.0.0.0'), undefined, decided],
      'the whole internet, decided': [firewall('0.0.0.0', '255.255.255.255'), 'POLICY_DATABASE_PUBLIC', decided],
      'half of the internet, decided': [firewall('128.0.0.0', '255.255.255.255'), 'POLICY_DATABASE_PUBLIC', decided],
      'an end before its start, decided': [firewall('203.0.113.9', '203.0.113.1'), 'POLICY_DATABASE_PUBLIC', decided],
      'what is no address, decided': [firewall('203.0.113', unknown), 'POLICY_DATABASE_PUBLIC', decided],
    },
  ],
];

describe('a rule of the policy pack', () => {
  for (const [rule, table] of tables) {
    describe(rule.name, () => {
      for (const [subject, [judged, code, settings]] of Object.entries(table)) {
        it(`${said(code)} ${subject}`, () => {
          const findings = rule.judge(judged, settings ?? {});
          assert.deepEqual([...new Set(findings.map((finding) => finding.code))], code === undefined ? [] : [code]);
          const severity = code === notEvaluated ? 'WARNING' : 'BLOCKER';
          for (const finding of findings) assert.equal(finding.severity, severity);
        });
      }
    });
  }

  it('never repeats the secret that it found', () => {
    const findings = noPlainSecret.judge(variable('DATABASE', 'postgres://app:hunter2@db.example.com/app'), {});
    assert.equal(findings.length, 1);
    assert.doesNotMatch(JSON.stringify(findings), /hunter2/);
  });
});

function said(code: string | undefined): string {
  if (code === undefined) return 'passes';
  return code === notEvaluated ? 'says that it could not look at' : 'refuses';
}
