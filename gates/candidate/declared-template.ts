import type { EnvVar, Revision } from '../../infra/container-apps/container-apps.ts';
import type { Service } from '../kernel/release.ts';
import { containerEnv, identityVariable, referencesIn } from './container-env.ts';

/**
 * What a revision was given to run that the release does not ask for, if anything; the image is compared by itself.
 * A platform that is given a revision name for the second time may answer "done" and keep the old revision
 * (https://github.com/microsoft/azure-container-apps/issues/650): then it is healthy, and it is not the release.
 */
export function differenceOf(revision: Revision, service: Service, standby: boolean): string | undefined {
  const { command, env } = revision.container;
  const wanted = containerEnv(service, {}, standby);
  const differences = [
    ...(command.join('\0') === service.command.join('\0') ? [] : ['another command']),
    ...wanted.filter((variable) => !isIn(env, variable)).map(({ name }) => `${name} is not as the release has it`),
    ...env
      .filter(({ name }) => name !== identityVariable && !wanted.some((each) => each.name === name))
      .map(({ name }) => `${name} is too many`),
  ];
  if (differences.length === 0) return undefined;
  return `${differences.join('; ')}${revision.createdAt === undefined ? '' : ` (created ${revision.createdAt})`}`;
}

/** Where a value has an address of another service in it, only the platform knows the whole. */
function isIn(env: readonly EnvVar[], wanted: EnvVar): boolean {
  return env.some((variable) => {
    if (variable.name !== wanted.name) return false;
    if ('secretRef' in wanted) return 'secretRef' in variable && variable.secretRef === wanted.secretRef;
    return 'value' in variable && (variable.value === wanted.value || referencesIn(wanted.value).length > 0);
  });
}
