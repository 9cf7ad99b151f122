import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isDeclared } from '../../../gates/candidate/revision-name.ts';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { type Release, releaseDigest } from '../../../gates/kernel/release.ts';
import { appTemplateSchema } from '../../../infra/azure/app-template.ts';
import { type AcceptedRevisions, templatesOf } from '../../../infra/azure/templates.ts';
import { sampleRelease } from '../../gates/sample-release.ts';

const domain = 'calm-field-00000000.westeurope.azurecontainerapps.io';
const to = (name: string) => `\${services.${name}.address}`;
const plain = sampleRelease().services.api as Release['services'][string];
const services: Release['services'] = {
  api: { ...plain, secretEnv: { TOKEN: 'api-token' } },
  auth: { ...plain, ingress: 'internal' },
  web: { ...plain, env: { API_URL: `${to('api')}/v1`, AUTH_URL: to('auth') } },
  worker: {
    ...plain,
    ingress: 'none',
    env: { API_URL: to('api'), MODE: 'work' },
    standbyEnv: { MODE: 'stand by', STANDBY: '1' },
  },
};
const release = sampleRelease({ services });
const images = Object.fromEntries(
  Object.keys(services).map((name) => [name, `registry.example.com/${name}@sha256:${'b'.repeat(64)}`]),
);
const suffix = `r${releaseDigest(release).slice(0, 8)}-7`;
const named = (rest: string) => Object.fromEntries(Object.keys(services).map((name) => [name, `${name}--${rest}`]));
const before: AcceptedRevisions = { release: 'digest of another release', revisions: named('r0-1') };
const itself: AcceptedRevisions = { release: releaseDigest(release), revisions: named('rOld-3') };

/** Templates in short: service → revision, standby and traffic. */
function brief(accepted: AcceptedRevisions | undefined, attempt = 7) {
  const templates = templatesOf(release, images, accepted, attempt, domain);
  return Object.fromEntries(
    Object.entries(templates).map(([name, { revision, standby, traffic }]) => [
      name,
      [
        revision,
        standby ? 'stands by' : 'works',
        traffic?.map((each) => `${each.revisionName} ${each.weight}`) ?? 'no traffic',
      ],
    ]),
  );
}

describe('what the declared apps take of a release', () => {
  const candidates = (attempt: number, traffic: (name: string, revision: string) => readonly string[]) => {
    const of = `r${releaseDigest(release).slice(0, 8)}-${attempt}`;
    const serving = ['api', 'auth', 'web'].map((name) => {
      return [name, [`${name}--${of}`, 'works', traffic(name, `${name}--${of}`)]] as const;
    });
    return { ...Object.fromEntries(serving), worker: [`worker--${of}-standby`, 'stands by', 'no traffic'] };
  };

  for (const [name, accepted, attempt, expected] of [
    ['a first release has all the traffic there is', undefined, 7, candidates(7, (_, own) => [`${own} 100`])],
    [
      'a step forward stands at 0 % beside the accepted release',
      before,
      7,
      candidates(7, (service, own) => [`${service}--r0-1 100`, `${own} 0`]),
    ],
    [
      'the same release, tried again, has a new name, and the accepted one stays',
      before,
      19,
      candidates(19, (service, own) => [`${service}--r0-1 100`, `${own} 0`]),
    ],
    [
      'an accepted release keeps its names, whatever the attempt, and has all traffic; its worker works',
      itself,
      42,
      {
        api: ['api--rOld-3', 'works', ['api--rOld-3 100']],
        auth: ['auth--rOld-3', 'works', ['auth--rOld-3 100']],
        web: ['web--rOld-3', 'works', ['web--rOld-3 100']],
        worker: ['worker--rOld-3', 'works', 'no traffic'],
      },
    ],
    [
      'a rollback is a release like any other: what it was called when it was accepted is not used again',
      { ...before, revisions: named('r9-9') },
      50,
      candidates(50, (service, own) => [`${service}--r9-9 100`, `${own} 0`]),
    ],
    [
      'a service that the accepted release did not have has all traffic of its own app',
      { ...before, revisions: { api: 'api--r0-1', web: 'web--r0-1' } },
      7,
      candidates(7, (service, own) => (service === 'auth' ? [`${own} 100`] : [`${service}--r0-1 100`, `${own} 0`])),
    ],
  ] as const) {
    it(name, () => assert.deepEqual(brief(accepted, attempt), expected));
  }

  it('never shares a name between two releases or two attempts', () => {
    const other = { ...release, sha: '0123456789abcdef' };
    const names = [release, other].flatMap((each) =>
      [1, 2].flatMap((attempt) => {
        return Object.values(templatesOf(each, images, before, attempt, domain)).map(({ revision }) => revision);
      }),
    );
    assert.equal(new Set(names).size, names.length);
  });

  it('has names that preflight knows for those of a promotion', () => {
    const { api } = templatesOf(release, images, before, 7, domain);
    assert.equal(isDeclared(api?.revision ?? ''), true);
  });

  it('is the same each time it is asked, so a declaration that did not change is no change', () => {
    const once = templatesOf(release, images, before, 7, domain);
    assert.deepEqual(once, templatesOf(structuredClone(release), images, before, 7, domain));
    for (const template of Object.values(once)) appTemplateSchema.parse(template);
  });

  it('has the environment with addresses of this release, also in the worker, and secrets by name', () => {
    const { api, web, worker } = templatesOf(release, images, before, 7, domain);
    assert.deepEqual(api?.env, [
      { name: 'PORT', value: '3000' },
      { name: 'TOKEN', secretRef: 'api-token' },
    ]);
    assert.deepEqual(web?.env, [
      { name: 'API_URL', value: `https://api--${suffix}.${domain}/v1` },
      { name: 'AUTH_URL', value: `https://auth--${suffix}.internal.${domain}` },
      { name: 'PORT', value: '3000' },
    ]);
    assert.deepEqual(worker?.env, [
      { name: 'API_URL', value: `https://api--${suffix}.${domain}` },
      { name: 'MODE', value: 'stand by' },
      { name: 'STANDBY', value: '1' },
      { name: 'PORT', value: '3000' },
    ]);
  });

  it('tells every container which identity it has, unless the release says so', () => {
    const own = { ...release, services: { ...services, api: { ...plain, env: { AZURE_CLIENT_ID: 'its own' } } } };
    const said = Object.values(templatesOf(own, images, before, 7, domain, 'of the apps')).map(({ env }) =>
      env.filter(({ name }) => name === 'AZURE_CLIENT_ID').map((variable) => 'value' in variable && variable.value),
    );
    assert.deepEqual(said, [['its own'], ['of the apps'], ['of the apps'], ['of the apps']]);
  });

  it('has a worker of the accepted release work, at the address of what was accepted', () => {
    const { worker } = templatesOf(release, images, itself, 8, domain);
    assert.deepEqual(worker?.env, [
      { name: 'API_URL', value: `https://api--rOld-3.${domain}` },
      { name: 'MODE', value: 'work' },
      { name: 'PORT', value: '3000' },
    ]);
  });

  it('has the image that the guard cleared, and not the one that the release asks for', () => {
    const { api } = templatesOf(release, images, undefined, 7, domain);
    assert.equal(api?.image, images.api);
  });

  it('speaks http in an environment on this machine', () => {
    const { web } = templatesOf(release, images, undefined, 7, 'localhost:8080');
    assert.deepEqual(web?.env[0], { name: 'API_URL', value: `http://api--${suffix}.localhost:8080/v1` });
  });

  for (const [name, changed, given, pattern] of [
    ['an image that was not cleared', release, { api: images.api ?? '' }, /no image in the receipt/],
    [
      'the address of a service that is not there',
      { ...release, services: { api: { ...plain, env: { A: to('other') } } } },
      images,
      /service api: found the address of other/,
    ],
    [
      'the address of a worker',
      { ...release, services: { ...services, api: { ...plain, env: { A: to('worker') } } } },
      images,
      /the address of worker/,
    ],
    [
      'a name that is too long for the platform',
      { ...release, services: { ['a'.repeat(32)]: { ...plain, ingress: 'none' as const } } },
      { ['a'.repeat(32)]: images.api ?? '' },
      /54 at most/,
    ],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => templatesOf(changed, given, undefined, 123456, domain),
        (error) => error instanceof GateError && pattern.test(error.message),
      );
    });
  }
});
