import { namesOf } from '../infra/azure/names.ts';
import type { AzurePlatform } from './azure-config.ts';
import type { StackConfig } from './config.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';

type Service = StackConfig['release']['services'][string];
type Path = readonly string[];

/** Secrets that an estate on Azure has by itself; none of them is a secret, and no service has to know its value before. */
const knownSecrets = ['database-url-app', 'azure-client-id'];

/** A revision's name has 54 characters at most, and that of a worker ends with `--r<8 hex>-<attempt>-standby`. */
const longestWorker = 29;

/** What Container Apps would refuse of the services of a release, or take and never start. */
export function servicesFit({ release }: StackConfig, platform: AzurePlatform): readonly ConfigProblem[] {
  const images = Object.entries(release.services).map(([name, { image }]) => ({ path: imageOf(name), image }));
  if (platform.gates.runner === 'job') {
    images.push({ path: ['platform', 'gates', 'image'], image: platform.gates.image });
  }
  const taken = knownSecrets.filter((name) => platform.secrets[name] !== undefined);
  return [
    ...Object.entries(release.services).flatMap(([name, service]) => {
      const at = ['release', 'services', name];
      return [
        ...nameFits(at, name, service),
        ...namesOnce(at, service),
        ...secretsKnown(at, service, Object.keys(platform.secrets)),
        ...scaleFits(at, service),
      ];
    }),
    ...images.flatMap(({ path, image }) => imagePulled(path, image, platform)),
    ...taken.map((name) => problemAt(['platform', 'secrets', name], name, 'another name: the estate has this one')),
  ];
}

const imageOf = (service: string) => ['release', 'services', service, 'image'];

function nameFits(at: Path, name: string, { ingress }: Service): readonly ConfigProblem[] {
  if (name.includes('--')) {
    return [problemAt(at, `the name ${name}`, 'single dashes: -- is between app and revision')];
  }
  if (ingress !== 'none' || name.length <= longestWorker) return [];
  const needed = `${longestWorker} at most for a worker: its revision is named after it`;
  return [problemAt(at, `a name of ${name.length} characters`, needed)];
}

/** The platform blocks a revision with a variable that is there twice, and does not say why. */
function namesOnce(at: Path, { env, standbyEnv, secretEnv }: Service): readonly ConfigProblem[] {
  const needed = (key: string) =>
    key === 'PORT' ? 'nothing: it comes from port' : `${key} in env or in secretEnv, not in both`;
  const plain = [
    ...Object.keys(env).map((key) => ['env', key]),
    ...Object.keys(standbyEnv).map((key) => ['standbyEnv', key]),
  ];
  const secret = Object.keys(secretEnv).map((key) => ['secretEnv', key]);
  return [
    ...plain.filter(([, key = '']) => key === 'PORT' || secretEnv[key] !== undefined),
    ...secret.filter(([, key]) => key === 'PORT'),
  ].map(([kind = '', key = '']) => problemAt([...at, kind, key], `${key} a second time`, needed(key)));
}

function secretsKnown(at: Path, { secretEnv, scale }: Service, given: readonly string[]): readonly ConfigProblem[] {
  const scaling = scale?.rule.kind === 'custom' ? scale.rule.secrets : {};
  const asked = [
    ...Object.entries(secretEnv).map(([key, secret]) => ({ path: [...at, 'secretEnv', key], secret })),
    ...Object.entries(scaling).map(([key, secret]) => ({ path: [...at, 'scale', 'rule', 'secrets', key], secret })),
  ];
  const needed = `a name in platform.secrets, or ${knownSecrets.join(' or ')}`;
  return asked
    .filter(({ secret }) => !given.includes(secret) && !knownSecrets.includes(secret))
    .map(({ path, secret }) => problemAt(path, secret, needed));
}

function scaleFits(at: Path, { scale, replicas }: Service): readonly ConfigProblem[] {
  if (scale === undefined || scale.max >= replicas) return [];
  return [problemAt([...at, 'scale', 'max'], String(scale.max), `at least ${replicas}, the replicas`)];
}

/** By digest; and the identities may pull from one registry of Azure, others know nothing of them. */
function imagePulled(path: Path, image: string, platform: AzurePlatform): readonly ConfigProblem[] {
  if (!/^[^@\s]+@sha256:[0-9a-f]{64}$/.test(image)) {
    return [problemAt(path, image, 'an image by digest: name@sha256:<64 hex>')];
  }
  const registry = `${namesOf(platform).registry.toLowerCase()}.azurecr.io`;
  const host = image.split('/')[0]?.toLowerCase() ?? '';
  if (!host.endsWith('.azurecr.io') || host === registry) return [];
  return [problemAt(path, `registry ${host}`, `${registry}, as platform.registry`)];
}
