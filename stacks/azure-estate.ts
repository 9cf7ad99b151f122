import { Provider } from '@pulumi/azure-native/provider.js';
import * as pulumi from '@pulumi/pulumi';
import type { Service } from '../gates/kernel/release.ts';
import { type RestorePointConfig, restorePointSchema } from '../gates/restore-point/facts.ts';
import type { AppTemplate, AppTemplates } from '../infra/azure/app-template.ts';
import { AzureFoundation } from '../infra/azure/foundation.ts';
import { manualJob } from '../infra/azure/manual-job.ts';
import { serverIdOf } from '../infra/azure/names.ts';
import { databaseSecret } from '../infra/azure/pointer.ts';
import { AppClearance, DatabaseRoles, JobClearance } from '../infra/azure/resources.ts';
import { type AppSecret, serviceApp } from '../infra/azure/service-app.ts';
import type { AzurePlatform } from './azure-config.ts';
import type { DeclareEstate } from './estate.ts';
import { gateSecrets } from './gate-secrets.ts';

/** Container Apps and a flexible server: made, or brought. What serves and what migrates is declared as it was cleared. */
export function azureEstate(settings: AzurePlatform): DeclareEstate {
  return (name, { config, release }, within) => {
    const { subscription: subscriptionId, tenant: tenantId, location } = settings;
    // Explicit, so that an ambient login can never put an estate into another subscription.
    const provider = new Provider(`${name}-azure`, { subscriptionId, tenantId, location }, within);
    const inAzure = { ...within, provider };
    const { timeouts, service } = config.migrations;
    const restorePoint = config.restorePoint ?? pointInTime(settings);
    const takesBackups = restorePoint.strategy === 'on-demand';
    const foundation = new AzureFoundation(
      `${name}-foundation`,
      settings,
      { takesBackups, secrets: gateSecrets(config) },
      inAzure,
    );
    const { lock, statement } = timeouts;
    const { platform, administrator, users } = foundation;
    const { address: database } = new DatabaseRoles(
      `${name}-database-roles`,
      { platform, database: foundation.database, administrator, users, timeouts: { lock, statement } },
      within,
    );
    const cleared = { release, platform, database, stack: pulumi.getStack() };
    return {
      platform,
      database,
      restorePoint,
      migrationJob: (_guard, receipts) => {
        const { image } = new JobClearance(`${name}-job-clearance`, { ...cleared, receipts, service }, within);
        const args = {
          jobName: 'migrate',
          image,
          command: release.migrations.command,
          env: { DATABASE_URL: foundation.databaseUrl('migrator'), AZURE_CLIENT_ID: foundation.migrate.clientId },
          timeoutSeconds: timeouts.job,
        };
        return manualJob(`${name}-job`, foundation.place, foundation.runtime(foundation.migrate), args, inAzure).name;
      },
      apps: (receipts) => {
        const { domain } = foundation;
        const { templates } = new AppClearance(`${name}-app-clearance`, { ...cleared, receipts, domain }, within);
        const revisions = Object.entries(release.services).map(([serviceName, each]) => {
          const template = templates.apply((all) => templateOf(all, serviceName));
          const secrets = secretsOf(foundation, each);
          const args = { serviceName, service: each, template, secrets };
          const app = serviceApp(
            `${name}-app-${serviceName}`,
            foundation.place,
            foundation.runtime(foundation.apps),
            args,
            inAzure,
          );
          // Known once the app is: the candidate gate must not look for a revision before it was asked for.
          return [serviceName, pulumi.all([template, app.id]).apply(([{ revision }]) => revision)] as const;
        });
        return pulumi.all(Object.fromEntries(revisions));
      },
    };
  };
}

/** The server can be restored to any time of its retention, and nothing has to be taken for it. */
function pointInTime(settings: AzurePlatform): RestorePointConfig {
  const { endpoint } = settings;
  return restorePointSchema.parse({ strategy: 'pitr', server: serverIdOf(settings), ...(endpoint && { endpoint }) });
}

function templateOf(templates: AppTemplates, service: string): AppTemplate {
  const template = templates[service];
  if (template === undefined) throw new pulumi.RunError(`service ${service} was not cleared`);
  return template;
}

/** What the environment of a service refers to: of the estate what the estate knows, all else from the vault. */
function secretsOf(foundation: AzureFoundation, { secretEnv, scale }: Service): Record<string, AppSecret> {
  const scaling = scale?.rule.kind === 'custom' ? Object.values(scale.rule.secrets) : [];
  const asked = new Set([...Object.values(secretEnv), ...scaling]);
  return Object.fromEntries([...asked].sort().map((name) => [name, secretOf(foundation, name)]));
}

function secretOf(foundation: AzureFoundation, name: string): AppSecret {
  if (name === databaseSecret) return { value: foundation.databaseUrl('app') };
  if (name === 'azure-client-id') return { value: foundation.apps.clientId };
  const url = foundation.secretUrls[name];
  if (url === undefined) throw new pulumi.RunError(`no version of secret ${name} is configured`);
  return { url };
}
