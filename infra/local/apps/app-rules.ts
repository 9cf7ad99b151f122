import { isDeepStrictEqual } from 'node:util';
import type { AppBody, Traffic } from '../arm/app-schema.ts';
import { ArmFailure, invalid } from '../arm/arm-failure.ts';
import type { AppRecord } from './app-record.ts';

const APP_NAME = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;
const REVISION_NAME_LENGTH = 54;

/** The name of the revision that a body makes. */
export function revisionNameOf(app: string, body: AppBody): string {
  return `${app}--${body.properties.template.revisionSuffix}`;
}

/** Refuses what Container Apps would refuse in this body, given the app as it is. */
export function checkApp(name: string, body: AppBody, before: AppRecord | undefined, environmentId: string): void {
  if (!APP_NAME.test(name) || name.includes('--')) {
    throw new ArmFailure(
      400,
      'ContainerAppInvalidName',
      `Invalid ContainerApp name '${name}'. A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character, have no '--' and at most 32 characters.`,
    );
  }
  if (body.properties.environmentId.toLowerCase() !== environmentId.toLowerCase()) {
    throw invalid('properties.environmentId', `'${body.properties.environmentId}' is not this environment`);
  }
  const revision = revisionNameOf(name, body);
  if (revision.length > REVISION_NAME_LENGTH) {
    throw invalid('template.revisionSuffix', `'${revision}' has more than ${REVISION_NAME_LENGTH} characters`);
  }
  const used = before?.revisions.find((candidate) => candidate.name === revision);
  if (used && !isDeepStrictEqual(used.template, body.properties.template)) {
    throw new ArmFailure(
      400,
      'ContainerAppRevisionSuffixInUse',
      `The revision '${revision}' exists with another template; a revision never changes, use another revisionSuffix.`,
    );
  }
  checkSecrets(body);
  const ingress = body.properties.configuration.ingress;
  if (ingress) {
    const active = new Map(before?.revisions.map((known) => [known.name, known.active]));
    if (!active.has(revision)) active.set(revision, true);
    checkTraffic(ingress.traffic, active);
  }
}

function checkSecrets(body: AppBody): void {
  const names = new Set((body.properties.configuration.secrets ?? []).map((secret) => secret.name));
  for (const variable of body.properties.template.containers[0]?.env ?? []) {
    if ('secretRef' in variable && !names.has(variable.secretRef)) {
      throw new ArmFailure(
        400,
        'ContainerAppSecretRefNotFound',
        `SecretRef '${variable.secretRef}' defined for container '${body.properties.template.containers[0]?.name}' not found.`,
      );
    }
  }
}

function checkTraffic(traffic: Traffic, active: ReadonlyMap<string, boolean>): void {
  const sum = traffic.reduce((total, entry) => total + entry.weight, 0);
  if (sum !== 100) {
    throw new ArmFailure(
      400,
      'ContainerAppInvalidTrafficWeights',
      `The traffic weights of all revisions must add up to 100; they add up to ${sum}.`,
    );
  }
  const labels = traffic.flatMap((entry) => entry.label ?? []);
  if (new Set(labels).size !== labels.length) throw invalid('ingress.traffic', 'a label is used twice');
  const named = traffic.flatMap((entry) => entry.revisionName ?? []);
  if (new Set(named).size !== named.length) throw invalid('ingress.traffic', 'a revision is named twice');
  for (const entry of traffic) {
    if (entry.latestRevision) continue;
    if (entry.revisionName === undefined) throw invalid('ingress.traffic', 'an entry names no revision');
    if (!active.has(entry.revisionName)) {
      throw new ArmFailure(
        400,
        'ContainerAppTrafficRevisionNotFound',
        `The revision '${entry.revisionName}' in the traffic does not exist.`,
      );
    }
    if (entry.weight > 0 && !active.get(entry.revisionName)) {
      throw new ArmFailure(
        400,
        'ContainerAppTrafficRevisionInactive',
        `The revision '${entry.revisionName}' is inactive and cannot have traffic; activate it first.`,
      );
    }
  }
}
