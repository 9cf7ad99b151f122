import type { ContainerApp, Secret } from '@azure/arm-appcontainers';
import { ArmError } from './arm-error.ts';
import { callArm, callArmIfThere, callUntil, retryConflict } from './call-arm.ts';
import type { AppSecret, ContainerApps } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';

/** Secrets of apps by value. Those in a vault stay references: what is behind them is never asked for here. */
export function secretOperations(
  context: ContainerAppsContext,
): Pick<ContainerApps, 'listAppSecrets' | 'putAppSecret'> {
  const { client, address } = context;
  const { resourceGroup } = address;

  /** The answer has the values of all secrets: of a reference too, which is left out. */
  const valuesOf = async (app: string, secrets: readonly Secret[]): Promise<ReadonlyMap<string, string>> => {
    const { value: listed } = await callArm(`list secrets of ${app}`, () =>
      client.containerApps.listSecrets(resourceGroup, app),
    );
    return new Map(
      secrets.flatMap(({ name, keyVaultUrl }) => {
        if (keyVaultUrl) return [];
        const value = listed.find((each) => each.name === name)?.value;
        if (name !== undefined && value !== undefined) return [[name, value]];
        throw new ArmError(`list secrets of ${app}: no value of secret ${name}`, unreadable);
      }),
    );
  };

  return {
    listAppSecrets: async (secret) => {
      const apps = await callArm('list apps', async () => {
        const found: ContainerApp[] = [];
        for await (const app of client.containerApps.listByResourceGroup(resourceGroup)) found.push(app);
        return found;
      });
      const own = apps.filter((app) => isIn(app, address.environmentId));
      const held = await Promise.all(
        own.map(async ({ name = '', configuration }): Promise<AppSecret[]> => {
          const one = configuration?.secrets?.find((each) => each.name === secret);
          if (one === undefined) return [];
          if (one.keyVaultUrl) return [{ app: name, kind: 'reference' }];
          return [{ app: name, kind: 'value', value: (await valuesOf(name, [one])).get(secret) ?? '' }];
        }),
      );
      return held.flat().sort((one, other) => one.app.localeCompare(other.app));
    },
    putAppSecret: (name, secret, value) =>
      retryConflict(context, async () => {
        const doing = `put secret ${secret} of ${name}`;
        const before = await callArmIfThere(`read app ${name}`, () => client.containerApps.get(resourceGroup, name));
        const secrets = before?.configuration?.secrets ?? [];
        const now = secrets.find((each) => each.name === secret);
        if (before === undefined || now === undefined) throw new ArmError(`${doing}: it is not there`, notThere);
        if (now.keyVaultUrl) throw new ArmError(`${doing}: it is a reference into a vault`, reference);
        const values = await valuesOf(name, secrets);
        if (values.get(secret) === value) return;
        const patch: ContainerApp = {
          location: before.location,
          configuration: { secrets: secrets.map((each) => bodyOf(each, secret, value, values)) },
        };
        await callUntil(context, doing, (options) => client.containerApps.update(resourceGroup, name, patch, options));
        if ((await valuesOf(name, [now])).get(secret) === value) return;
        throw new ArmError(`${doing}: it was taken, and is not what was put`, notTaken);
      }),
  };
}

function isIn({ environmentId, managedEnvironmentId }: ContainerApp, environment: string): boolean {
  return (environmentId ?? managedEnvironmentId)?.toLowerCase() === environment.toLowerCase();
}

/** The platform takes the whole array: what is left out of it is gone. */
function bodyOf(each: Secret, secret: string, value: string, values: ReadonlyMap<string, string>): Secret {
  const { name, keyVaultUrl, identity } = each;
  if (keyVaultUrl) return { name, keyVaultUrl, ...(identity && { identity }) };
  return { name, value: name === secret ? value : values.get(name ?? '') };
}

const notThere = { status: 404, code: 'ResourceNotFound', transient: false };
const unreadable = { code: 'SECRET_UNREADABLE', transient: false };
const reference = { code: 'SECRET_IS_REFERENCE', transient: false };
const notTaken = { code: 'SECRET_NOT_TAKEN', transient: false };
