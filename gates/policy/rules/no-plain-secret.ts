import { blocker, type Finding } from '../../kernel/verdict.ts';
import { at, listAt, notKnown } from '../look.ts';
import { azureType, type Resource } from '../resource.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';
import { workloadOf } from '../workload.ts';

/** Names of variables that hold a secret and nothing else. */
const secretName =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|ACCOUNT_?KEY|CONNECTION_?STRING)$/i;

/** Values that are a secret under whatever name. */
const secretValues: Readonly<Record<string, RegExp>> = {
  'a URL with a password': /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i,
  'a connection string with a password':
    /(^|[;\s])(password|pwd|accountkey|sharedaccesskey|sharedsecret)\s*=\s*[^\s;]/i,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'a signed token': /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/,
  'a shared access signature': /[?&]sig=[^&\s]{20,}/,
  'an access token': /^(gh[pousr]_|github_pat_|glpat-|xox[abps]-|sk-|sk_live_|AKIA)[\w-]{12,}$/,
};

/** What is in an app's environment is in the state, in its revisions, and in front of everybody who may read the app. */
export const noPlainSecret: ResourceRule = {
  kind: 'resource',
  name: 'no-plain-secret',
  means: 'Secrets reach containers as references to a vault, never as values of the environment or of the app.',
  judge: (resource) => [...judgeContainers(resource), ...judgeAppSecrets(resource), ...judgeRelease(resource)],
};

function judgeContainers(resource: Resource): readonly Finding[] {
  const containers = workloadOf(resource)?.containers ?? [];
  if (containers === notKnown) return [notEvaluated(resource, 'an environment')];
  return containers.flatMap(({ name, env }) =>
    env === notKnown
      ? [notEvaluated(resource, `the environment of ${name}`)]
      : env.flatMap((variable) => judgeVariable(resource, name, at(variable, 'name'), at(variable, 'value'))),
  );
}

function judgeVariable(resource: Resource, place: string, name: unknown, value: unknown): readonly Finding[] {
  if (value === undefined || value === null || value === '') return [];
  if (value === notKnown || name === notKnown) return [notEvaluated(resource, `a variable of ${place}`)];
  const kind = Object.entries(secretValues).find(([, pattern]) => pattern.test(String(value)))?.[0];
  if (kind === undefined && !secretName.test(String(name))) return [];
  // Neither here nor in the finding: the value.
  return [isPlain(resource, `${kind ?? 'a value'} in ${name} of ${place}`)];
}

/** `secrets` of an app or a job: by reference to Key Vault, or a value that is none, such as an address without password. */
function judgeAppSecrets(resource: Resource): readonly Finding[] {
  const type = azureType(resource);
  if (type !== 'app:ContainerApp' && type !== 'app:Job') return [];
  const secrets = listAt(resource.props, 'configuration', 'secrets');
  if (secrets === notKnown) return [notEvaluated(resource, 'a secret')];
  return secrets.flatMap((secret) => {
    const name = at(secret, 'name');
    const named = typeof name === 'string' ? name.replaceAll('-', '_') : name;
    return judgeVariable(resource, 'secrets', named, at(secret, 'value'));
  });
}

/** Gates carry the release: what its services are given is seen there on every platform. */
function judgeRelease(resource: Resource): readonly Finding[] {
  const services = at(resource.props, 'release', 'services');
  if (typeof services !== 'object' || services === null) return [];
  return Object.entries(services).flatMap(([service, asked]) => {
    const env = at(asked, 'env');
    if (typeof env !== 'object' || env === null) return [notEvaluated(resource, `the environment of ${service}`)];
    return Object.entries(env).flatMap(([name, value]) =>
      judgeVariable(resource, `service ${service}`, name, at(value)),
    );
  });
}

function isPlain(resource: Resource, found: string): Finding {
  return blocker('POLICY_PLAIN_SECRET', resource.name, found, 'a reference to a secret in the vault');
}
