import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type DatabaseEnvironment, databaseTarget, databaseUrl } from '../../../gates/kernel/database-url.ts';
import { GateError } from '../../../gates/kernel/gate-error.ts';

const url = 'postgres://desk:s3cret%2Fword@db.example.com:6543/desk';
const parts: DatabaseEnvironment = {
  POSTGRES_HOST: 'db.example.com',
  POSTGRES_PORT: '6543',
  POSTGRES_DB: 'desk',
  POSTGRES_USER: 'desk',
  POSTGRES_PASSWORD: 's3cret/word',
};
const target = {
  host: 'db.example.com',
  port: 6543,
  database: 'desk',
  user: 'desk',
  password: 's3cret/word',
  tls: false,
};

const good: readonly (readonly [string, DatabaseEnvironment, object])[] = [
  ['a URL alone', { DATABASE_URL: url }, target],
  ['parts alone', parts, target],
  ['both, when they agree', { DATABASE_URL: url, ...parts }, target],
  [
    'the host in another case',
    { DATABASE_URL: url, POSTGRES_HOST: 'DB.example.com' },
    { ...target, host: 'db.example.com' },
  ],
  ['a URL whose password is given apart', { DATABASE_URL: url.replace(':s3cret%2Fword', ''), ...parts }, target],
  ['the default port', { ...parts, POSTGRES_PORT: undefined } as never, { ...target, port: 5432 }],
  ['TLS', { DATABASE_URL: `${url}?sslmode=verify-full` }, { ...target, tls: true }],
];

const bad: readonly (readonly [string, DatabaseEnvironment, readonly RegExp[]])[] = [
  ['another host', { DATABASE_URL: url, POSTGRES_HOST: 'old.example.com' }, [/CONTRADICTS source \(POSTGRES_HOST\)/]],
  ['another port', { DATABASE_URL: url, POSTGRES_PORT: '5432' }, [/CONTRADICTS .*found 5432; needed 6543/]],
  ['another password', { DATABASE_URL: url, POSTGRES_PASSWORD: 'other-word' }, [/found another password/]],
  ['TLS on one side', { DATABASE_URL: `${url}?sslmode=require`, POSTGRES_SSLMODE: 'disable' }, [/POSTGRES_SSLMODE/]],
  ['no URL', { DATABASE_URL: 's3cret/word at db' }, [/found a text that is no URL/]],
  ['another scheme', { DATABASE_URL: url.replace('postgres', 'mysql') }, [/found a URL of another scheme/]],
  ['an unknown sslmode', { DATABASE_URL: `${url}?sslmode=maybe` }, [/an sslmode that/]],
  ['a broken escape', { DATABASE_URL: url.replace('%2F', '%zz') }, [/percent sign that encodes nothing/]],
  ['no database', { DATABASE_URL: url.replace(/\/desk$/, '') }, [/INVALID source \(POSTGRES_DB\): found no database/]],
  ['nothing at all', {}, [/no host/, /no database/, /no user/, /no password/]],
  ['a port that is none', { ...parts, POSTGRES_PORT: '70000' }, [/\(POSTGRES_PORT\): found 70000/]],
];

describe('the database that an environment names', () => {
  for (const [name, environment, expected] of good) {
    it(`is read from ${name}`, () => assert.deepEqual(databaseTarget(environment, 'source'), expected));
  }

  for (const [name, environment, expected] of bad) {
    it(`is refused with ${name}, and no secret is printed`, () => {
      assert.throws(
        () => databaseTarget(environment, 'source'),
        (error: Error) => {
          assert.ok(error instanceof GateError);
          for (const pattern of expected) assert.match(error.message, pattern);
          assert.doesNotMatch(error.message, /s3cret|other-word/);
          return true;
        },
      );
    });
  }

  it('becomes one URL again', () => {
    assert.deepEqual(databaseTarget({ DATABASE_URL: databaseUrl(target) }, 'source'), target);
    const secure = { ...target, tls: true };
    assert.deepEqual(databaseTarget({ DATABASE_URL: databaseUrl(secure) }, 'source'), secure);
  });
});
