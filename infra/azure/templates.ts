import { containerEnv, identityVariable, referencesIn } from '../../gates/candidate/container-env.ts';
import { declaredSuffix, standbyOf } from '../../gates/candidate/revision-name.ts';
import { gateError } from '../../gates/kernel/gate-error.ts';
import { type Release, releaseDigest, type Service } from '../../gates/kernel/release.ts';
import type { EnvVar, TrafficWeight } from '../container-apps/container-apps.ts';
import { isLoopbackApp } from '../container-apps/loopback.ts';
import type { AppTemplates } from './app-template.ts';

/** What of the accepted release decides about templates: its digest, and service → the revision that serves or works. */
export interface AcceptedRevisions {
  readonly release: string;
  readonly revisions: Readonly<Record<string, string>>;
}

/** What Container Apps takes of an app's name, `--` and a suffix together. */
const longestRevision = 54;

/**
 * What each declared app takes of a release: a pure function of what the gates cleared (`images`, service → image), of the
 * accepted release, of preflight's `attempt`, of the environment's `domain`, and of the apps' identity (`clientId`). A release that is not accepted yet gets a
 * name that nothing had before, at 0 % beside the accepted one; the accepted one keeps the names it was accepted with, so
 * declaring it again changes nothing.
 * @throws GateError INPUTS_INVALID for what the platform would not take, or take in silence.
 */
export function templatesOf(
  release: Release,
  images: Readonly<Record<string, string>>,
  accepted: AcceptedRevisions | undefined,
  attempt: number,
  domain: string,
  clientId?: string,
): AppTemplates {
  const digest = releaseDigest(release);
  const serving = accepted?.release === digest ? accepted.revisions : undefined;
  const suffixes = Object.fromEntries(
    Object.keys(release.services).map((name) => [
      name,
      serving?.[name]?.slice(`${name}--`.length) ?? declaredSuffix(digest, attempt),
    ]),
  );
  const addresses = addressesOf(release, suffixes, domain);
  const templates = Object.entries(release.services).map(([name, service]) => {
    const worker = service.ingress === 'none';
    const standby = worker && serving === undefined;
    const suffix = suffixes[name] ?? '';
    const revisionSuffix = standby ? standbyOf(suffix) : suffix;
    const revision = `${name}--${revisionSuffix}`;
    checkName(revision);
    checkReferences(name, service, addresses);
    const traffic = worker ? undefined : trafficOf(revision, serving ? undefined : accepted?.revisions[name]);
    const template = {
      image: imageOf(name, images),
      command: [...service.command],
      env: withIdentity(containerEnv(service, addresses, standby), clientId),
      revisionSuffix,
      revision,
      ...(traffic !== undefined && { traffic }),
      standby,
    };
    return [name, template] as const;
  });
  return Object.fromEntries(templates);
}

function withIdentity(env: readonly EnvVar[], clientId: string | undefined): EnvVar[] {
  if (clientId === undefined || env.some(({ name }) => name === identityVariable)) return [...env];
  return [...env, { name: identityVariable, value: clientId }];
}

/** Always by name. In an app that nobody was accepted in, there is nothing else to serve: the candidate gate says so. */
function trafficOf(revision: string, accepted: string | undefined): TrafficWeight[] {
  if (accepted === undefined) return [{ revisionName: revision, weight: 100 }];
  return [
    { revisionName: accepted, weight: 100 },
    { revisionName: revision, weight: 0 },
  ];
}

/** Each revision has a name of its own in the environment's domain, so a candidate talks to candidates. */
function addressesOf({ services }: Release, suffixes: Readonly<Record<string, string>>, domain: string) {
  const scheme = isLoopbackApp(domain) ? 'http' : 'https';
  const entries = Object.entries(services).flatMap(([name, { ingress }]) => {
    if (ingress === 'none') return [];
    return [[name, `${scheme}://${name}--${suffixes[name]}${ingress === 'internal' ? '.internal' : ''}.${domain}`]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function checkName(revision: string): void {
  if (revision.length <= longestRevision) return;
  const found = `a name of ${revision.length} characters, ${revision}`;
  throw gateError('INPUTS_INVALID', 'services', found, `${longestRevision} at most: a shorter name of the service`);
}

function checkReferences(name: string, service: Service, addresses: Readonly<Record<string, string>>): void {
  const values = [...Object.values(service.env), ...Object.values(service.standbyEnv)];
  for (const other of values.flatMap(referencesIn)) {
    if (addresses[other] !== undefined) continue;
    throw gateError('INPUTS_INVALID', `service ${name}`, `the address of ${other}`, 'a service that has ingress');
  }
}

function imageOf(name: string, images: Readonly<Record<string, string>>): string {
  const image = images[name];
  if (image !== undefined) return image;
  throw gateError('INPUTS_INVALID', `service ${name}`, 'no image in the receipt of the guard', 'the image it cleared');
}
