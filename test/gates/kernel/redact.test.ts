import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'mocha';
import { keepSecret, redact, redactDeep } from '../../../gates/kernel/redact.ts';

describe('the redactor', () => {
  for (const [text, safe] of [
    ['postgres://app:s3cr3t@db:5432/app', 'postgres://app:[secret]@db:5432/app'],
    ['postgres://app:p%40ss%2F@db/app?sslmode=require', 'postgres://app:[secret]@db/app?sslmode=require'],
    ['postgres://app:p@ss@db/app', 'postgres://app:[secret]@db/app'],
    ['postgres://:s3cr3t@db/app', 'postgres://:[secret]@db/app'],
    ['two: redis://a:bcd@x and amqps://e:fgh@y', 'two: redis://a:[secret]@x and amqps://e:[secret]@y'],
    ['https://example.com:8443/a@b', 'https://example.com:8443/a@b'],
    ['Authorization: Bearer abcDEF123._~+/=', 'Authorization: Bearer [secret]'],
    ['authorization: basic dXNlcjpwYXNz', 'authorization: basic [secret]'],
    ['password=hunter2', 'password=[secret]'],
    ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[secret] psql'],
    ['host=db password=hunter2 user=app', 'host=db password=[secret] user=app'],
    ['password = hunter2', 'password = [secret]'],
    ['{"password":"hunter2","user":"app"}', '{"password":"[secret]","user":"app"}'],
    ["{ token: 'hunter2' }", "{ token: '[secret]' }"],
    ['DATABASE_PASSWORD=hunter2', 'DATABASE_PASSWORD=[secret]'],
    ['API_TOKEN: hunter2', 'API_TOKEN: [secret]'],
    ['clientSecret=hunter2&scope=all', 'clientSecret=[secret]&scope=all'],
    ['AccountKey=aGVsbG8=;EndpointSuffix=x', 'AccountKey=[secret];EndpointSuffix=x'],
    ['x-api-key: hunter2', 'x-api-key: [secret]'],
    ['?apikey=hunter2&a=b', '?apikey=[secret]&a=b'],
    ['password authentication failed for user "app"', 'password authentication failed for user "app"'],
    ['no secret "database-password-gates"; put it there', 'no secret "database-password-gates"; put it there'],
    ['migrate: 003_add_index 2/5 … 1.2 s', 'migrate: 003_add_index 2/5 … 1.2 s'],
  ] as const) {
    it(`makes ${text} ${safe}`, () => assert.equal(redact(text), safe));
  }

  it('never lets a kept secret through, whatever is in it and around it', () => {
    for (let round = 0; round < 200; round += 1) {
      const secret = randomSecret();
      keepSecret(secret);
      const before = randomBytes(randomInt(8)).toString('base64');
      const texts = [
        `${before}${secret}${before}`,
        `url https://example.com/?q=${encodeURIComponent(secret)}&r=1`,
        `postgres://app:${encodeURIComponent(secret)}@db/app`,
        JSON.stringify({ message: `it was ${secret}` }),
        `${secret}${secret}`,
      ];
      for (const text of texts) {
        const safe = redact(text);
        for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
          assert.ok(!safe.includes(form), `${JSON.stringify(form)} is in ${safe}`);
        }
      }
      assert.ok(!JSON.stringify(redactDeep({ [secret]: [{ deep: `a ${secret}` }] })).includes(secret));
    }
  });

  it('takes the longer secret where one holds the other', () => {
    keepSecret('quite-long');
    keepSecret('quite-long-and-longer');
    assert.equal(redact('it is quite-long-and-longer'), 'it is [secret]');
  });

  it('does not take a text of less than four characters for a secret: it would be everywhere', () => {
    keepSecret('abc');
    assert.equal(redact('abcdef'), 'abcdef');
  });

  it('leaves what is no text as it is', () => {
    assert.deepEqual(redactDeep({ a: 1, b: null, c: [true] }), { a: 1, b: null, c: [true] });
  });
});

/** 4 to 40 characters of those that quoting and encoding treat differently. */
function randomSecret(): string {
  const alphabet = [...'abcXYZ019 /\\"\'%&=+@:?#$.*[](){}|^<>~`!-_;,\n\té漢🔑'];
  const pick = () => alphabet[randomInt(alphabet.length)] ?? 'a';
  return `S3${Array.from({ length: randomInt(2, 39) }, pick).join('')}`;
}
