import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { withOwnRoles } from '../../../gates/catalog/own-roles.ts';

const users = { gates: 'shop-promotions', migrator: 'shop-migrate', app: 'shop-apps' };

describe('a catalog whose roles are called as identities', () => {
  for (const [what, before, after] of [
    [
      'an owner',
      ['table public.events', 'plain, owner shop-migrate'],
      ['table public.events', 'plain, owner migrator'],
    ],
    [
      'an owner before the text of a view',
      ['view public.v', 'owner shop-migrate, SELECT 1'],
      ['view public.v', 'owner migrator, SELECT 1'],
    ],
    [
      'who was granted something',
      ['grant public.events to shop-apps', 'SELECT'],
      ['grant public.events to app', 'SELECT'],
    ],
    [
      'both sides of a default privilege',
      ['default privilege tables of shop-migrate in public to shop-apps', 'SELECT'],
      ['default privilege tables of migrator in public to app', 'SELECT'],
    ],
  ] as const) {
    it(`has ${what} under its own name`, () => {
      assert.deepEqual([...withOwnRoles(new Map([before]), { users })], [after]);
    });
  }

  it('keeps every other name, and other roles', () => {
    const others = new Map([
      ['table public.shop-apps', 'plain, owner shop-migrate-old'],
      ['grant public.to shop-apps of to reporting', 'SELECT'],
    ]);
    assert.deepEqual(withOwnRoles(others, { users }), others);
  });

  it('is as it was where roles have their own names', () => {
    const catalog = new Map([['table public.events', 'plain, owner shop-migrate']]);
    assert.equal(withOwnRoles(catalog, {}), catalog);
  });
});
