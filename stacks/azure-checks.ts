import { subscriptionIn } from '../infra/azure/arm-id.ts';
import { namesOf, serverIdOf } from '../infra/azure/names.ts';
import type { AzurePlatform } from './azure-config.ts';
import { placeholders, textsIn } from './azure-placeholders.ts';
import { servicesFit } from './azure-service-checks.ts';
import type { StackConfig } from './config.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';
import { gateSecrets, shadowSecret } from './gate-secrets.ts';

/** What the schema alone cannot say of a stack on Azure, and what Azure would refuse halfway, or take without a word. */
export function azureChecks(config: StackConfig): readonly ConfigProblem[] {
  const { platform } = config;
  if (platform.kind !== 'azure') return [];
  return [
    ...networkFits(platform),
    ...serverFits(platform),
    ...oneSubscription(platform),
    ...namesDiffer(platform),
    ...servicesFit(config, platform),
    ...gatesKnow(config, platform),
    ...rehearsable(config),
    ...restorePointFits(config, platform),
    ...noBootstrap(config),
    ...placeholders(config, platform),
  ];
}

function networkFits({ network, environment, server }: AzurePlatform): readonly ConfigProblem[] {
  const at = ['platform', 'network'];
  if (network.topology === 'public') {
    if ('existing' in environment) return [];
    return (['internal', 'zoneRedundant'] as const)
      .filter((key) => environment[key])
      .map((key) => problemAt(['platform', 'environment', key], 'true without a network', 'topology private'));
  }
  if (!('existing' in network)) {
    if (!('existing' in environment) || 'existing' in server) return [];
    const needed = 'the network that the environment is in, as platform.network.existing';
    return [problemAt(at, 'a network of its own, which an environment that is brought does not reach', needed)];
  }
  const missing = {
    environmentSubnet: 'existing' in environment ? undefined : 'the subnet of the environment that is made',
    databaseSubnet: 'existing' in server ? undefined : 'the subnet of the server that is made',
    databaseZone: 'existing' in server ? undefined : 'the private DNS zone of the server that is made',
  };
  return Object.entries(missing).flatMap(([key, needed]) =>
    needed === undefined || network.existing[key as keyof typeof missing] !== undefined
      ? []
      : [problemAt([...at, 'existing', key], 'nothing', needed)],
  );
}

function serverFits({ server, database }: AzurePlatform): readonly ConfigProblem[] {
  if ('existing' in server) return [];
  const at = ['platform', 'server'];
  const { tier, sku, highAvailability, parameters } = server;
  const problems: ConfigProblem[] = [];
  if (database.existing) {
    const needed = 'false, or the server that it is on as platform.server.existing';
    problems.push(problemAt(['platform', 'database', 'existing'], 'true on a server that is made', needed));
  }
  if ((tier === 'Burstable') !== sku.startsWith('Standard_B')) {
    const needed = tier === 'Burstable' ? 'Standard_B…, as tier Burstable has' : `none of Standard_B…, as tier ${tier}`;
    problems.push(problemAt([...at, 'sku'], sku, needed));
  }
  if (tier === 'Burstable' && highAvailability !== 'Disabled') {
    problems.push(problemAt([...at, 'highAvailability'], highAvailability, 'Disabled, or another tier than Burstable'));
  }
  for (const key of ['require_secure_transport', 'ssl_min_protocol_version']) {
    if (parameters[key] !== undefined) {
      problems.push(problemAt([...at, 'parameters', key], parameters[key], 'nothing: TLS 1.2 or later is demanded'));
    }
  }
  return problems;
}

/** Gates call one subscription. */
function oneSubscription(platform: AzurePlatform): readonly ConfigProblem[] {
  const wanted = platform.subscription.toLowerCase();
  return textsIn(platform, ['platform'])
    .filter(({ text }) => /^\/subscriptions\//i.test(text) && subscriptionIn(text) !== wanted)
    .map(({ path, text }) =>
      problemAt(path, `subscription ${subscriptionIn(text)}`, `one of ${platform.subscription}`),
    );
}

/** A role of PostgreSQL is called as its principal: with one name for two, the app could do what a migration does. */
function namesDiffer(platform: AzurePlatform): readonly ConfigProblem[] {
  const { apps, migrate, gates } = namesOf(platform).identities;
  const who = platform.gates.runner === 'job' ? gates : platform.operator.name;
  const needed = 'a name of its own for each identity';
  if (apps === migrate) return [problemAt(['platform', 'identities', 'migrate', 'name'], migrate, needed)];
  return [apps, migrate].includes(who) ? [problemAt(['platform', 'identities'], `${who} twice`, needed)] : [];
}

/** In a job, gates have of the stack's secrets what the platform holds. */
function gatesKnow(config: StackConfig, platform: AzurePlatform): readonly ConfigProblem[] {
  if (platform.gates.runner === 'in-process') return [];
  const absent = gateSecrets(config).filter((name) => platform.secrets[name] === undefined);
  return absent.map((name) => {
    const asks = name === shadowSecret ? 'the rehearsal needs a server for its shadow' : 'the smoke suite asks for it';
    return problemAt(['platform', 'secrets', name], 'nothing', `its version in the vault, or config: ${asks}`);
  });
}

/** The rehearsal starts what is to be released, and an image in a registry is no folder that it could be started in. */
function rehearsable({ rehearse, release, migrations }: StackConfig): readonly ConfigProblem[] {
  const at = ['rehearse', 'images'];
  const services = Object.entries(release.services);
  const strangers = Object.keys(rehearse.images).filter((name) => release.services[name] === undefined);
  const needed = `one of ${services.map(([name]) => name).join(', ')}`;
  const found = strangers.map((name) => problemAt([...at, name], `the name ${name}`, needed));
  if (rehearse.without !== undefined) return found;
  const started = services.filter(([name, { ingress }]) => ingress !== 'none' || name === migrations.service);
  const absent = started.filter(([name]) => rehearse.images[name] === undefined);
  const folder = 'the folder that its image was built from, for the rehearsal';
  return [...found, ...absent.map(([name]) => problemAt([...at, name], 'nothing', folder))];
}

function restorePointFits({ restorePoint }: StackConfig, platform: AzurePlatform): readonly ConfigProblem[] {
  if (restorePoint === undefined || !('server' in restorePoint)) return [];
  const wanted = serverIdOf(platform);
  if (restorePoint.server.toLowerCase() === wanted.toLowerCase()) return [];
  return [problemAt(['restorePoint', 'server'], restorePoint.server, `the server of the platform: ${wanted}`)];
}

/** Files that make roles and extensions run as the server's owner, which on Azure is nobody of ours. */
function noBootstrap({ migrations }: StackConfig): readonly ConfigProblem[] {
  if (migrations.bootstrap.length === 0) return [];
  const needed = 'none on Azure: an administrator of the server runs them once';
  return [problemAt(['migrations', 'bootstrap'], `${migrations.bootstrap.length} files`, needed)];
}
