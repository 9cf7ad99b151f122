import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { appSpec, inOrder, referencesOf } from '../../../gates/candidate/app-spec.ts';
import type { Service } from '../../../gates/kernel/release.ts';
import { sampleInputs } from '../sample-release.ts';

const { platform, release } = sampleInputs();
const api = release.services.api as Service;
const to = (name: string) => `\${services.${name}.address}`;
const refersTo = (...names: readonly string[]): Service => ({
  ...api,
  env: Object.fromEntries(names.map((name, index) => [`URL_${index}`, `${to(name)}/path`])),
});

describe('the order of services', () => {
  it('puts each one after those it refers to', () => {
    const services = { web: refersTo('api', 'auth'), api: refersTo('auth'), auth: api, worker: api };
    assert.deepEqual(inOrder(services), ['auth', 'api', 'web', 'worker']);
  });

  it('refuses a circle, naming it', () => {
    assert.throws(() => inOrder({ a: refersTo('b'), b: refersTo('a') }), /circle: a → b → a/);
    assert.throws(() => inOrder({ a: refersTo('a') }), /circle: a → a/);
  });

  it('refuses a service that is not there', () => {
    assert.throws(() => inOrder({ a: refersTo('b') }), /a refers to service b, which the release does not have/);
  });

  it('knows references in what is added on standby too', () => {
    assert.deepEqual(referencesOf({ ...refersTo('a'), standbyEnv: { B: to('b') } }), ['a', 'b']);
  });
});

describe('the app of a revision', () => {
  const traffic = [{ revisionName: 'api--r1', weight: 100 }];
  const spec = (service: Service, standby = false) =>
    appSpec({ platform, name: 'api', service, suffix: 'r1', addresses: { auth: 'http://auth' }, traffic, standby });

  it('has the addresses of its peers, its port, and secrets by reference only', () => {
    const { container, secrets } = spec({ ...refersTo('auth'), secretEnv: { A: 'api-token', B: 'api-token' } });
    assert.deepEqual(container.env, [
      { name: 'URL_0', value: 'http://auth/path' },
      { name: 'PORT', value: '3000' },
      { name: 'A', secretRef: 'api-token' },
      { name: 'B', secretRef: 'api-token' },
    ]);
    assert.deepEqual(secrets, [{ name: 'api-token', keyVaultUrl: 'local://secrets/api-token' }]);
  });

  it('has what is added on standby only on standby', () => {
    const worker: Service = { ...api, ingress: 'none', standbyEnv: { STANDBY: '1' } };
    const names = (standby: boolean) => spec(worker, standby).container.env.map((variable) => variable.name);
    assert.deepEqual(names(true), ['STANDBY', 'PORT']);
    assert.deepEqual(names(false), ['PORT']);
  });

  it('has ingress as the service asks, and none for a worker', () => {
    assert.deepEqual(spec(api).ingress, { external: true, targetPort: 3000, traffic });
    assert.equal(spec({ ...api, ingress: 'internal' }).ingress?.external, false);
    assert.equal(spec({ ...api, ingress: 'none' }).ingress, undefined);
  });
});
