import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { type Declared, declaredProvider } from '../../../gates/kernel/declared-provider.ts';
import { gateError } from '../../../gates/kernel/gate-error.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { blocker } from '../../../gates/kernel/verdict.ts';

const schema = z.object({ name: z.string(), size: z.number(), note: z.string().optional() });
type Inputs = z.infer<typeof schema>;
const inputs = { name: 'thing', size: 1 };
const url = 'postgres://app:not-to-be-seen@127.0.0.1:1/app';

function provider(changes: Partial<Declared<Inputs>> = {}) {
  return declaredProvider<Inputs>({
    name: 'a thing',
    inputs: schema,
    id: ({ name }) => name,
    wanted: ({ size }) => size,
    drift: async () => 'changed by hand',
    declare: async ({ name }) => ({ name }),
    ...changes,
  });
}

describe('what is declared on a platform', () => {
  it('is asked whether it drifted only where it was declared as it is now', async () => {
    const drift = async (olds: Record<string, unknown>, news: Record<string, unknown> = inputs) =>
      (await provider().check(olds, { ...news, drift: 'of before' })).inputs.drift;
    assert.equal(await drift(inputs), 'changed by hand');
    assert.equal(await drift({ ...inputs, note: 'no part of what is wanted' }), 'changed by hand');
    assert.equal(await drift({}), undefined);
    assert.equal(await drift({ ...inputs, size: 2 }), undefined);
  });

  it('changes when it drifted, is wanted otherwise, or is not known yet', async () => {
    const { id, outs } = await provider().create(inputs);
    assert.equal(id, 'thing');
    const changes = async (news: Record<string, unknown>) => (await provider().diff(id, outs, news)).changes;
    assert.equal(await changes(inputs), false);
    assert.equal(await changes({ ...inputs, drift: 'changed by hand' }), true);
    assert.equal(await changes({ ...inputs, size: 2 }), true);
    assert.equal(await changes({ ...inputs, size: unknownSentinel }), true);
  });

  it('is blocked by what stands in the way, and nothing is asked of the platform then', async () => {
    const drift = () => assert.fail('the platform was asked');
    const found = [blocker('RECEIPT_MISSING', 'preflight', 'none', 'one')];
    const { failures } = await provider({ problems: () => found, drift }).check(inputs, inputs);
    assert.match(failures[0]?.reason ?? '', /RECEIPT_MISSING preflight/);
  });

  for (const [how, error, code] of [
    ['an error of its own', gateError('DATABASE_UNREACHABLE', 'server', url, 'an answer'), /DATABASE_UNREACHABLE/],
    ['any error', new Error(`timeout of ${url}`), /UNEXPECTED a thing/],
  ] as const) {
    it(`is blocked where it cannot be seen, with a reason and no password: ${how}`, async () => {
      const { failures } = await provider({ drift: () => Promise.reject(error) }).check(inputs, inputs);
      assert.equal(failures.length, 1);
      assert.match(failures[0]?.reason ?? '', code);
      assert.doesNotMatch(failures[0]?.reason ?? '', /not-to-be-seen/);
    });
  }

  it('has no way to be taken away where it stays', () => {
    assert.equal(provider().delete, undefined);
    assert.notEqual(provider({ remove: async () => undefined }).delete, undefined);
  });
});
