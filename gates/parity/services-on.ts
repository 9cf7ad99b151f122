import { removeShadow, shadowPaths } from '../../infra/local/shadow-server.ts';
import type { DatabaseAddress, DatabaseRole } from '../../infra/platform.ts';
import { databaseUrl } from '../kernel/database-url.ts';
import { keepSecret } from '../kernel/redact.ts';
import type { Release } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { startServices } from '../rehearse/services.ts';

/** The release's services on the database that was empty: those that became healthy, and why one did not. */
export async function servicesOn(
  world: World,
  { release, healthSeconds }: { readonly release: Release; readonly healthSeconds: number },
  database: DatabaseAddress,
) {
  if (unasked(release).length > 0) return { healthy: [], unhealthy: [] };
  const platform = await world.platform();
  const urlOf = async (user: DatabaseRole) => {
    const password = await platform.databasePassword(user);
    keepSecret(password);
    return databaseUrl({ ...database, user, password });
  };
  const { directory = '' } = platform.address;
  const beside = {
    app: await urlOf('app'),
    migrator: await urlOf('migrator'),
    directory: shadowPaths(directory).directory,
  };
  await removeShadow(directory); // what a run that was killed left there
  const plan = { platform: platform.address, shadow: beside, settings: { healthSeconds }, world };
  const started = await startServices(plan, release, 'parity', {});
  await started.stop();
  await removeShadow(directory);
  const healthy = Object.keys(started.addresses);
  const unhealthy = started.missing === undefined ? [] : [{ step: 'head', failure: started.missing }];
  return { healthy, unhealthy };
}

/** Said where nothing can be: a baseline needs no service, and then none has shown that it works. */
export function unasked({ services }: Release): readonly string[] {
  const asked = Object.values(services).some(({ ingress }) => ingress !== 'none');
  return asked ? [] : ['the API on an empty database: sallyport:baseline.services names none'];
}
