import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseAddress } from '../../../infra/platform.ts';
import { type CutoverProject, cutoverStackIn } from '../cutover-project.ts';
import { loadDesk } from '../desk-load.ts';
import { type AzurePromotionProject, azurePromotionProject } from './azure-promotion-project.ts';

/** An application on Azure that was promoted, and a server beside its own with the same roles, which nobody uses. */
export interface AzureCutoverProject extends CutoverProject {
  readonly project: AzurePromotionProject;
  /** Where the application is, and where it goes. */
  readonly databases: { readonly source: DatabaseAddress; readonly target: DatabaseAddress };
  /** What the promotion stack is told so that it names the candidate's server. */
  nameTarget(): void;
  /** And the server that was left, which the estate has not made any more. */
  nameSource(): void;
  /** ARM id of that server. */
  readonly serverId: string;
  /** Lets the state forget it, as docs/cutover.md says. */
  unprotectServer(): Promise<void>;
}

const zero = '00000000-0000-0000-0000-000000000000';
const passwords = { cutover: 'planted-operator', reviewer: 'planted-reviewer' };

/**
 * The rights that docs/cutover.md asks for on Azure, and no more: a superuser is nobody there. `postgres` is the service
 * itself, which gives them.
 */
const operator = (users: { readonly migrator: string; readonly app: string }) => [
  `create role cutover login createrole replication password '${passwords.cutover}' in role azure_pg_admin, pg_create_subscription`,
  `grant "${users.migrator}" to cutover`,
  `grant "${users.app}" to cutover with admin true, inherit false, set true`,
  `create role reviewer login password '${passwords.reviewer}'`,
];

/** Promotes the first sample release on PostgreSQL of major version `from`, and starts a server of 18 beside its own. */
export async function azureCutoverProject(from: number): Promise<AzureCutoverProject> {
  const project = await azurePromotionProject('in-process', from);
  const { azure, config, resourceGroup, environmentId } = project;
  const server = await azure.serverBeside(join(project.root, '.sallyport', 'candidate'));
  const remove = async () => {
    await server.stop();
    await project.remove();
  };
  try {
    // Nothing that a cutover leaves may be deleted.
    config.platform.protect = true;
    const first = await project.up();
    assert.equal(first.code, 0, first.output);
    const { name } = config.platform.operator;
    const source = project.database;
    const target = { ...source, port: server.port };
    const { users } = source;
    assert.ok(users);
    await server.start('18');
    await server.createDatabase(target.database);
    await server.createAdministrator(name);
    const id = `/subscriptions/${zero}/resourceGroups/${resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${resourceGroup}`;
    await azure.seed(`${id}-next`, {
      location: 'westeurope',
      sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
      properties: { version: '18', storage: { storageSizeGB: 64 } },
    });
    const urlOf = (role: keyof typeof passwords, { host, port, database }: DatabaseAddress) =>
      `postgres://${role}:${passwords[role]}@${host}:${port}/${database}`;
    const variables = {
      CUTOVER_SOURCE_DIRECT_URL: urlOf('cutover', source),
      CUTOVER_TARGET_DIRECT_URL: urlOf('cutover', target),
      CUTOVER_REVIEWER_URL: urlOf('reviewer', source),
    };
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(join(project.root, 'cutover.env'), lines.join(''), { mode: 0o600 });
    const stack = await cutoverStackIn(project);
    stack.config.platform = {
      kind: 'azure',
      subscription: zero,
      tenant: zero,
      resourceGroup,
      environment: environmentId,
      server: `${id}-db`,
      users,
      endpoint: azure.endpoint,
    };
    stack.config.cutover.freeze.roles = [users.app];
    const { lock, statement } = config.migrations.timeouts;
    const roles = await stack.tool('candidate-roles', '--lock', lock, '--statement', statement);
    assert.equal(roles.code, 0, roles.output);
    for (const each of [azure.database, server]) {
      const service = await each.session(source.database);
      try {
        for (const statement of operator(users)) await service.query(statement);
        await service.query(`grant connect on database "${source.database}" to cutover, reviewer`);
        await service.query('grant usage, create on schema sallyport to cutover');
      } finally {
        await service.end();
      }
    }
    const initialised = await project.pulumi(
      'stack',
      'init',
      'cutover',
      '--secrets-provider',
      'passphrase',
      '--no-select',
    );
    assert.equal(initialised.code, 0, initialised.output);
    const { database } = config.platform;
    return {
      ...stack,
      project,
      databases: { source, target },
      load: () => loadDesk(project, '/overview', config['api-token']),
      nameTarget: () => {
        config.platform.server = { existing: `${id}-next` };
        config.platform.database = { ...database, existing: true, port: target.port };
        project.database = target;
      },
      nameSource: () => {
        config.platform.server = { existing: `${id}-db` };
        config.platform.database = { ...database, existing: true };
        project.database = source;
      },
      serverId: `${id}-db`,
      unprotectServer: async () => {
        const { output } = await project.pulumi('stack', 'export');
        const { resources } = JSON.parse(output).deployment as { resources: { urn: string; type: string }[] };
        for (const { urn, type } of resources) {
          if (!/^azure-native:dbforpostgresql:(Server|Database)$/.test(type)) continue;
          const ended = await project.pulumi('state', 'unprotect', urn, '--yes');
          assert.equal(ended.code, 0, ended.output);
        }
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
