import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parse, sampleConfig } from './sample-config.ts';

const { release } = sampleConfig;
const withApi = (changes: object) =>
  parse({
    ...sampleConfig,
    release: { ...release, services: { ...release.services, api: { ...release.services.api, ...changes } } },
  });

describe("a service's database", () => {
  it('is named by a URL, or by its parts', () => {
    assert.ok(!('length' in withApi({ secretEnv: { DATABASE_URL: 'database-url-app' } })));
    assert.ok(!('length' in withApi({ env: { POSTGRES_HOST: 'db' }, secretEnv: { POSTGRES_PASSWORD: 'password' } })));
  });

  it('is refused when it is named by both: they may disagree, and nobody would see', () => {
    const problems = withApi({ env: { POSTGRES_HOST: 'db' }, secretEnv: { DATABASE_URL: 'database-url-app' } });
    assert.ok('length' in problems);
    assert.deepEqual(
      problems.map(({ key, found }) => `${key}: ${found}`),
      ['sallyport:release.services.api.env.POSTGRES_HOST: POSTGRES_HOST beside DATABASE_URL'],
    );
  });
});
