import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { migrationTools } from '../../gates/migrate/tools/index.ts';
import type { ConfigProblem } from '../../stacks/config-problem.ts';
import { configReport } from '../../stacks/config-problem.ts';
import { type Changes, changedConfig } from './changed-config.ts';
import { parse, parsed, type RawConfig, sampleConfig } from './sample-config.ts';

const configWith = (changes: Changes): RawConfig => changedConfig(sampleConfig, changes);

function problems(raw: RawConfig): readonly ConfigProblem[] {
  const result = parse(raw);
  assert.ok('length' in result, 'the configuration was taken');
  return result;
}

const names = 'lower-case letters, digits and dashes, 2 to 32 of them';
const api = 'release/services/api';
const health = 'smoke/surfaces/health';
const to = (service: string) => `http://\${services.${service}.address}/`;

/** One mistake each: what is changed, and the key, what was found and what was needed as they are reported. */
const table: readonly (readonly [changes: Changes, key: string, found: string, needed: string])[] = [
  [{ release: undefined }, 'release', 'nothing', 'a value of type object'],
  [{ release: 'abcdef0' }, 'release', 'abcdef0, a text', 'a value of type object'],
  [{ release: '{"sha": "abc' }, 'release', 'text that is not JSON, a text', 'a value of type object'],
  [{ 'platform/kind': 'aws' }, 'platform.kind', 'aws', "one of 'local' | 'azure'"],
  [{ 'platform/region': 'west' }, 'platform.region', 'west', 'no such key'],
  [{ 'platform/postgres': 9 }, 'platform.postgres', '9', 'at least 13'],
  [{ 'release/sha': 'main' }, 'release.sha', 'main', 'a commit SHA of 7 to 40 hex digits'],
  [{ 'release/services/Web': sampleConfig.release.services.api }, 'release.services.Web', 'the name Web', names],
  [{ [`${api}/image`]: undefined }, 'release.services.api.image', 'nothing', 'a value of type string'],
  [{ [`${api}/command`]: [] }, 'release.services.api.command', 'an empty list', 'at least 1 items'],
  [{ [`${api}/port`]: '3000' }, 'release.services.api.port', '3000, a text', 'a value of type number'],
  [{ [`${api}/port`]: 70_000 }, 'release.services.api.port', '70000', 'at most 65535'],
  [{ [`${api}/ingress`]: 'public' }, 'release.services.api.ingress', 'public', 'one of external, internal, none'],
  [{ [`${api}/health`]: 'healthz' }, 'release.services.api.health', 'healthz', 'a text that must start with "/"'],
  [{ [`${api}/replicas`]: 0 }, 'release.services.api.replicas', '0', 'at least 1'],
  [{ [`${api}/replica`]: 2 }, 'release.services.api.replica', '2', 'no such key'],
  [{ [`${api}/env`]: { A: 1 } }, 'release.services.api.env.A', '1', 'a value of type string'],
  [
    { [`${api}/env`]: { A: to('auth') } },
    'release.services.api.env.A',
    `\${services.auth.address}`,
    'the name of another service with ingress: worker',
  ],
  [
    { [`${api}/env`]: { A: to('worker') } },
    'release.services.api.env.A',
    `\${services.worker.address}`,
    'the name of another service with ingress: worker',
  ],
  [{ 'migrations/tool': 'rails' }, 'migrations.tool', 'rails', `one of ${Object.keys(migrationTools).join(', ')}`],
  [{ 'migrations/service': 'web' }, 'migrations.service', 'web', 'one of api, worker'],
  [{ 'migrations/naming': '(' }, 'migrations.naming', '(', 'a regular expression'],
  [{ 'migrations/timeouts/lock': 'soon' }, 'migrations.timeouts.lock', 'soon', 'a duration such as 500ms, 5s or 2min'],
  [{ 'migrations/timeouts/job': 0 }, 'migrations.timeouts.job', '0', 'at least 1'],
  [{ 'guard/flags': ['Support'] }, 'guard.flags[0]', 'Support', names],
  [{ flags: { support: 5 } }, 'flags.support', '5', 'a value of type boolean or a value of type string'],
  [{ 'smoke/surfaces': {} }, 'smoke.surfaces', 'an empty object', 'one surface at least'],
  [{ [`${health}/service`]: 'web' }, 'smoke.surfaces.health.service', 'web', 'one of api, worker'],
  [{ [`${health}/service`]: 'worker' }, 'smoke.surfaces.health.service', 'worker, a worker', 'a service with ingress'],
  [{ [`${health}/path`]: 'healthz' }, 'smoke.surfaces.health.path', 'healthz', 'a text that must start with "/"'],
  [{ [`${health}/path`]: '/events/{id}' }, 'smoke.surfaces.health.path', '{id}', 'bind.id'],
  [
    { [`${health}/bind`]: { id: { surface: 'overview', json: '/id' } } },
    'smoke.surfaces.health.bind.id.surface',
    'overview',
    'another surface of the suite',
  ],
  [
    { [`${health}/assertions`]: [{ id: 'it', status: '200' }] },
    'smoke.surfaces.health.assertions[0].status',
    '200, a text',
    'a value of type number',
  ],
  [
    { [`${health}/assertions`]: [{ id: 'it' }] },
    'smoke.surfaces.health.assertions[0]',
    'an object with id',
    'one of the shapes that the schema (stacks/config.schema.json) has for it',
  ],
  [{ 'smoke/retries': { attempts: 50, delayMs: 0 } }, 'smoke.retries.attempts', '50', 'at most 20'],
  [
    { 'change/window': { timeZone: 'Mars/Olympus', days: ['mon'], from: '09:00', to: '17:00' } },
    'change.window.timeZone',
    'Mars/Olympus',
    'an IANA time zone, for example Europe/Berlin',
  ],
  [
    { 'change/window': { timeZone: 'UTC', days: ['mon'], from: '09:00', to: '09:00' } },
    'change.window.to',
    '09:00',
    'another time than from: this never opens',
  ],
  [
    { 'change/window': { timeZone: 'UTC', days: ['monday'], from: '09:00', to: '17:00' } },
    'change.window.days[0]',
    'monday',
    'one of mon, tue, wed, thu, fri, sat, sun',
  ],
  [{ 'rollout/probeAnswers': 0 }, 'rollout.probeAnswers', '0', 'at least 1'],
  [{ replay: 'last' }, 'replay', 'last', 'the sha of an accepted release'],
];

describe('the configuration', () => {
  for (const [changes, key, found, needed] of table) {
    it(`refuses ${found} as ${key}, and says what is needed and how to mend it`, () => {
      const [problem, ...others] = problems(configWith(changes));
      assert.deepEqual({ ...problem, mend: undefined }, { key: `sallyport:${key}`, found, needed, mend: undefined });
      assert.deepEqual(others, []);
      assert.match(problem?.mend ?? '', /^pulumi config (set|rm) --path 'sallyport:/);
      assert.ok(problem?.mend.includes(`'sallyport:${key}'`));
    });
  }

  it('takes the sample, and fills in what was left out', () => {
    const config = parsed(sampleConfig);
    assert.deepEqual(config.platform, { kind: 'local', directory: '.sallyport/local' });
    const waiting = { lock: '10min', statement: '60min' };
    assert.deepEqual(config.migrations.timeouts, { job: 600, lock: '5s', statement: '60s', waiting });
    assert.deepEqual(config.smoke.retries, { attempts: 5, delayMs: 500 });
    const service = config.release.services.api;
    assert.deepEqual([service?.ingress, service?.health, service?.replicas], ['external', '/healthz', 1]);
    assert.equal(config.replay, undefined);
  });

  it('takes a service that refers to another one', () => {
    assert.equal(
      Object.keys(parsed(configWith({ 'release/services/worker/env': { A: to('api') } })).release).length,
      2,
    );
  });

  it('reports every mistake in one go, several of one object too', () => {
    const found = problems(
      configWith({
        'release/sha': 'main',
        'platform/one': 1,
        'platform/two': 2,
        [`${api}/port`]: 0,
        migrations: undefined,
        'change/reviewer': 7,
      }),
    );
    assert.deepEqual(found.map((problem) => problem.key).sort(), [
      'sallyport:change.reviewer',
      'sallyport:migrations',
      'sallyport:platform.one',
      'sallyport:platform.two',
      'sallyport:release.services.api.port',
      'sallyport:release.sha',
    ]);
    const report = configReport(found);
    assert.match(report, /^CONFIG_INVALID: 6 problems in the stack's configuration\n/);
    assert.equal(report.match(/ {4}mend: /g)?.length, 6);
  });

  it('reports that all is missing when nothing is configured', () => {
    assert.deepEqual(
      problems({}).map((problem) => problem.key),
      ['platform', 'release', 'migrations', 'guard', 'smoke', 'change'].map((key) => `sallyport:${key}`),
    );
  });

  describe('does not print what may be a secret', () => {
    for (const [what, changes] of [
      ['a key that has no place here', { 'platform/password': 'hunter2' }],
      ['the value of a secret variable', { [`${api}/secretEnv`]: { DB: { value: 'hunter2' } } }],
      ['a password that is a number', { [`${api}/env`]: { DB_PASSWORD: 7_777_777 } }],
      ['a header', { [`${health}/headers`]: { authorization: { secrt: 'hunter2' } } }],
      ['a URL', { 'release/sha': 'postgres://app:hunter2@db/app' }],
      ['a URL around a reference', { [`${api}/env`]: { DB: `postgres://app:hunter2@${to('nowhere')}` } }],
      ['an object where none belongs', { artifacts: undefined, 'change/owner': { token: 'hunter2' } }],
      ['text that is no JSON', { smoke: '{"headers": {"x": "hunter2"' }],
    ] as const) {
      it(what, () => {
        const report = configReport(problems(configWith(changes)));
        assert.doesNotMatch(report, /hunter2|7777777/);
        assert.match(report, /^CONFIG_INVALID: /);
      });
    }
  });
});
