import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { findingsOf } from '../../../gates/kernel/gate-error.ts';
import { nameError } from '../../../gates/kernel/name-error.ts';
import { openPlatform } from '../../../gates/kernel/open-platform.ts';
import { redact } from '../../../gates/kernel/redact.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import type { PlatformAddress } from '../../../infra/platform.ts';
import {
  armResource,
  databaseResource,
  identityEndpoint,
  ownIdentityEndpoint,
  useIdentity,
} from '../../support/identity-endpoint.ts';
import { azureAddress } from './sample-address.ts';

describe('Azure, opened as a gate opens it', () => {
  let identity: Awaited<ReturnType<typeof identityEndpoint>>;
  let server: ReturnType<typeof createServer>;
  let address: PlatformAddress;
  let seen: { authorization: string | undefined; url: string }[];
  let status: number;
  let putBack: () => void;

  beforeEach(async () => {
    identity = await ownIdentityEndpoint();
    identity.state.tokens = { [armResource]: 'token-for-arm', [databaseResource]: 'token-for-database' };
    identity.state.asked = [];
    identity.state.refused = [];
    putBack = useIdentity(identity.environment);
    seen = [];
    status = 200;
    server = createServer((request, response) => {
      seen.push({ authorization: request.headers.authorization, url: request.url ?? '' });
      const error = { error: { code: 'AuthorizationFailed', message: 'no role' } };
      const app = {
        name: 'api',
        location: 'here',
        properties: { state: 'Updating', configuration: { activeRevisionsMode: 'Multiple' } },
      };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status === 200 ? app : error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = azureAddress({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterEach(async () => {
    putBack();
    identity.state.fault = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** What a gate would say of an error. */
  async function said(promise: Promise<unknown>) {
    const error = await promise.then(
      () => assert.fail('it went well'),
      (thrown: unknown) => thrown,
    );
    const findings = findingsOf(nameError(error, 'preflight'), 'preflight');
    return { code: findings[0]?.code, verdict: verdictOf(findings), text: JSON.stringify(findings) };
  }

  it('asks nothing before the first call', async () => {
    await openPlatform(address);
    assert.deepEqual(identity.state.asked, []);
  });

  it('calls ARM with a token for ARM', async () => {
    const { apps } = await openPlatform(address);
    assert.equal((await apps.getApp('api'))?.name, 'api');
    assert.deepEqual(identity.state, { ...identity.state, asked: [armResource], refused: [] });
    assert.equal(seen[0]?.authorization, 'Bearer token-for-arm');
    assert.match(seen[0]?.url ?? '', /\/resourceGroups\/group\/providers\/Microsoft\.App\/containerApps\/api\?/);
  });

  it('reads the server that the estate names, at the same endpoint', async () => {
    const platform = await openPlatform(address);
    assert.equal((await platform.readServer?.(new AbortController().signal))?.state, 'Updating');
    assert.equal(seen[0]?.authorization, 'Bearer token-for-arm');
    assert.match(seen[0]?.url ?? '', /\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/production\?/);
  });

  it('asks for a token of the database for each connection, and makes it unprintable', async () => {
    const platform = await openPlatform(address);
    assert.equal(await platform.databasePassword('gates'), 'token-for-database');
    identity.state.tokens[databaseResource] = 'another-token-for-database';
    assert.equal(await platform.databasePassword('gates'), 'another-token-for-database');
    assert.deepEqual(identity.state.asked, [databaseResource, databaseResource]);
    assert.equal(redact('with another-token-for-database in it'), 'with [secret] in it');
  });

  for (const [status, message] of [
    [401, 'the identity header is wrong'],
    [403, 'the identity may not have it'],
    [400, 'no identity is assigned'],
  ] as const) {
    it(`names the refusal where ${message}, also in the call that wanted a token`, async () => {
      identity.state.fault = { status, message };
      const platform = await openPlatform(address);
      for (const call of [platform.databasePassword('gates'), platform.apps.getApp('api')]) {
        const { code, verdict } = await said(call);
        assert.equal(code, 'CREDENTIAL_REFUSED');
        assert.equal(verdict, 'errored');
      }
      assert.deepEqual(seen, []);
    });
  }

  it('names a credential that is not there', async () => {
    putBack();
    putBack = useIdentity({ AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' });
    const { code, verdict, text } = await said((await openPlatform(address)).databasePassword('gates'));
    assert.equal(code, 'CREDENTIAL_MISSING');
    assert.equal(verdict, 'errored');
    assert.match(text, /EnvironmentCredential/);
  });

  for (const refusal of [401, 403]) {
    it(`says of a ${refusal} that the identity may not`, async () => {
      status = refusal;
      const { code, verdict, text } = await said((await openPlatform(address)).apps.getApp('api'));
      assert.equal(code, 'PLATFORM_FORBIDDEN');
      assert.equal(verdict, 'errored');
      assert.doesNotMatch(text, /token-for-arm/);
    });
  }

  it('does not send its token over http to another machine', async () => {
    const { apps } = await openPlatform({ ...address, endpoint: 'http://management.example.com' });
    await assert.rejects(apps.getApp('api'), /https|TLS/i);
  });

  it('needs to be told the estate', async () => {
    const { azure: _, ...bare } = address;
    assert.equal((await said(openPlatform(bare))).code, 'INPUTS_INVALID');
  });
});

describe('the identity endpoint of the tests', () => {
  for (const [name, headers, query, status] of [
    ['without its header', {}, 'api-version=2019-08-01&resource=r', 401],
    ['of another version', { 'x-identity-header': '' }, 'api-version=2018-02-01&resource=r', 400],
    ['for what it has no token for', { 'x-identity-header': '' }, 'api-version=2019-08-01&resource=other', 400],
    ['for another identity', { 'x-identity-header': '' }, 'api-version=2019-08-01&resource=r&client_id=x', 400],
    ['as it should be', { 'x-identity-header': '' }, 'api-version=2019-08-01&resource=r', 200],
  ] as const) {
    it(`${status === 200 ? 'answers' : 'refuses'} a request ${name}`, async () => {
      const { environment, close } = await identityEndpoint({ r: 'token' });
      const given = 'x-identity-header' in headers ? { 'x-identity-header': environment.IDENTITY_HEADER } : {};
      const answer = await fetch(`${environment.IDENTITY_ENDPOINT}?${query}`, { headers: given });
      assert.equal(answer.status, status);
      await answer.arrayBuffer();
      await close();
    });
  }
});
