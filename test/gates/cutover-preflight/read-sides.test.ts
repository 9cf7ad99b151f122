import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readSide } from '../../../gates/cutover-preflight/read-side.ts';
import { readSource } from '../../../gates/cutover-preflight/read-source.ts';
import { readTarget } from '../../../gates/cutover-preflight/read-target.ts';
import { majors, verifyDatabase } from '../verify/verify-servers.ts';
import { samplePlan } from './sample-facts.ts';

const schema = `
create collation german (provider = icu, locale = 'de');
create table events (id int primary key, name text collate german, code text collate "C");
create table spans (name text primary key) partition by range (name);
create table guarded (id int primary key); alter table guarded enable row level security;
alter table guarded force row level security;
create table keyed (a int not null unique); alter table keyed replica identity using index keyed_a_key;
create table mute (id int primary key); alter table mute replica identity nothing;
create sequence counted; create materialized view seen as select 1 as one;
create rule quiet as on delete to mute do instead nothing;
grant select on events to app`;

for (const major of [15, majors.source, majors.target]) {
  describe(`what preflight reads of PostgreSQL ${major}`, function () {
    this.timeout(300_000);

    it('is there on this version, for either side', async () => {
      const database = await verifyDatabase(major, { lock_timeout: '4s' });
      await database.run(schema);
      process.env.READ_URL = database.url;
      const { host, pathname } = new URL(database.url);
      const side = { direct: 'READ_URL', at: `${host}${pathname}` };
      const plan = samplePlan({ source: side, target: side });
      const [source, target] = await readSide(plan, 'source', async (client, seen) => {
        const source = await readSource(client, seen, plan);
        return [source, await readTarget(client, seen, source, ['app'], 'gates')] as const;
      });
      assert.equal(Math.floor(source.version / 10_000), major);
      assert.equal(source.between.proxied, false);
      assert.deepEqual(source.locale.recorded, source.locale.actual);
      assert.equal(source.operator.superuser && source.operator.replicates && source.operator.subscribes, true);
      const by = Object.fromEntries(source.relations.map((relation) => [relation.name, relation]));
      assert.equal(by['public.events']?.identified, true);
      assert.equal(by['public.keyed']?.identified, true);
      assert.equal(by['public.mute']?.identified, false);
      assert.equal(by['public.spans']?.rangeCollation, 'default');
      assert.equal(by['public.counted']?.kind, 'S');
      assert.equal(by['public.guarded']?.rowSecurity, false, 'a superuser sees all rows');
      assert.deepEqual(
        source.collations.map(({ name, system }) => [name, system]),
        [
          ['pg_catalog."C"', true],
          ['public.german', false],
        ],
      );
      assert.deepEqual(target.collations, source.collations);
      assert.ok(source.roles.includes('app'));
      assert.ok(target.held.includes('app'));
      assert.deepEqual(Object.keys(source.databaseSettings), ['everybody lock_timeout']);
      assert.deepEqual(source.rules, ['quiet on public.mute']);
      assert.deepEqual(target.available, source.extensions);
      assert.deepEqual(target.contents.slice(0, 2), ['public.events', 'public.guarded']);
    });
  });
}
