import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type pg from 'pg';
import { freeze } from '../../../../gates/cutover/freeze/freeze.ts';
import { frozenSince } from '../../../../gates/cutover/freeze/freeze-journal.ts';
import { thaw } from '../../../../gates/cutover/freeze/thaw.ts';
import { majors } from '../../verify/verify-servers.ts';
import { type FrozenDatabase, frozenDatabase, type Roles, rightsAndSettings } from './frozen-database.ts';

const quiet = () => undefined;
const opened: FrozenDatabase[] = [];

async function open(major: number = majors.target) {
  const made = await frozenDatabase(major);
  opened.push(made);
  return made;
}

function planFor({ app }: Roles, graceSeconds = 0) {
  return { id: 'freeze_test', freeze: { roles: [app], graceSeconds, drainSeconds: 10 } };
}

/** The SQLSTATE that a statement ends with; undefined where it is let through. */
async function stateOf(client: pg.Client, sql: string): Promise<string | undefined> {
  return client.query(sql).then(
    () => undefined,
    (error: { code?: string }) => error.code ?? 'lost',
  );
}

const writes = [
  `insert into public.plain (note) values ('late')`,
  `update public.plain set note = 'late'`,
  `delete from public.plain`,
  `truncate public.plain`,
  `insert into public.columns (id) values (1)`,
  `update public.columns set note = 'late'`,
  `insert into public.parts values (1)`,
  `insert into public.door (note) values ('late')`,
  `insert into public."Odd ""name" values (1)`,
  `insert into public.mine values (1)`,
  `select nextval('public.numbers')`,
];

/** Of the whole, on a machine with much else to do. */
const soon = () => AbortSignal.timeout(180_000);

describe('a freeze', function () {
  this.timeout(240_000);
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  for (const major of [majors.source, majors.target]) {
    it(`lets no write through on PostgreSQL ${major}, while reads of sessions that are open go on`, async () => {
      const { ledger, operator, as, roles } = await open(major);
      const running = await as(roles.app);
      await running.query('select * from public.plain');
      const frozen = await freeze(ledger, operator, planFor(roles), quiet, soon(), {
        login: as,
      });
      assert.deepEqual(frozen.probes, [{ role: roles.app, by: 'login', refused: ['25006', '42501'] }]);
      const fresh = await as(roles.app);
      for (const write of writes) {
        assert.equal(await stateOf(running, write), '42501', write);
        // Through a view, and of a sequence, the missing right is found before the transaction is asked.
        assert.equal(await stateOf(fresh, write), /door|nextval/.test(write) ? '42501' : '25006', write);
        await fresh.query('begin read write');
        assert.equal(await stateOf(fresh, write), '42501', write);
        await fresh.query('rollback');
      }
      assert.equal((await running.query('select * from public.plain')).rowCount, 1);
      assert.equal((await fresh.query('select * from public.door')).rowCount, 1);
      for (const role of [roles.other, roles.owner]) {
        assert.equal(await stateOf(await as(role), `insert into public.plain (note) values ('late')`), '25006', role);
      }
      assert.notEqual(await frozenSince(ledger, planFor(roles)), undefined);
      assert.match(frozen.lsn, /^[0-9A-F]+\/[0-9A-F]+$/);
    });

    it(`is undone exactly on PostgreSQL ${major}, also when it ran twice`, async () => {
      const { ledger, operator, as, roles, database } = await open(major);
      const before = await rightsAndSettings(database);
      await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
      assert.notDeepEqual(await rightsAndSettings(database), before);
      await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
      await thaw(ledger, operator, planFor(roles));
      assert.deepEqual(await rightsAndSettings(database), before);
      assert.equal(await frozenSince(ledger, planFor(roles)), undefined);
      assert.deepEqual(await thaw(ledger, operator, planFor(roles)), { settings: 0, rights: 0 });
      const writer = await as(roles.app);
      for (const write of writes.filter((each) => !each.startsWith('truncate'))) {
        assert.equal(await stateOf(writer, write), undefined, write);
      }
    });
  }

  it('tries a write as a role that has no right but by another one, also where nobody can log in as it', async () => {
    const { ledger, operator, database, roles } = await open();
    const member = `member_of_${roles.app}`;
    await database.run(`create role ${member} login; grant ${roles.app} to ${member};
      revoke insert on public.parts, public.parts_1 from public`);
    const plan = planFor({ ...roles, app: member });
    const { probes } = await freeze(ledger, operator, plan, quiet, soon());
    assert.deepEqual(probes, [{ role: member, by: 'set role', refused: ['42501'] }]);
  });

  it('ends open write transactions after the grace, and every other session that could write', async () => {
    const { ledger, operator, as, superuser, roles } = await open();
    const [writing, waiting, reader, granted] = [
      await as(roles.app),
      await as(roles.owner),
      await as(roles.app),
      await as(roles.other),
    ];
    const idle = await superuser();
    await writing.query('begin');
    await writing.query(`insert into public.plain (note) values ('open')`);
    await reader.query('begin');
    await reader.query('select * from public.plain');
    const { ended } = await freeze(ledger, operator, planFor(roles), quiet, soon());
    assert.equal(ended.length, 3, ended.join('\n'));
    for (const gone of [writing, waiting, idle]) assert.notEqual(await stateOf(gone, 'select 1'), undefined);
    // What a writing role had given on is taken with its own right.
    assert.equal(await stateOf(granted, `insert into public.plain (note) values ('late')`), '42501');
    assert.equal((await reader.query('select * from public.plain')).rowCount, 1);
  });

  it('waits for a write transaction that ends within the grace', async () => {
    const { ledger, operator, as, roles, database } = await open();
    const writing = await as(roles.app);
    await writing.query('begin');
    await writing.query(`insert into public.plain (note) values ('open')`);
    const lines: string[] = [];
    const frozen = freeze(ledger, operator, planFor(roles, 600), (line) => lines.push(line), soon());
    while (lines.length === 0) await ledger.query('select 1');
    await writing.query('commit');
    assert.deepEqual((await frozen).ended, []);
    assert.equal((await database.run('select * from public.plain')).rowCount, 2);
    assert.equal(await stateOf(writing, `insert into public.plain (note) values ('late')`), '42501');
  });

  it('keeps out also what a role could write through a membership or a function', async () => {
    const { ledger, operator, as, roles, database } = await open();
    await database.run(`
      create role ${roles.app}_group; grant ${roles.app}_group to ${roles.app};
      create table public.shared (id int); grant select, insert on public.shared to ${roles.app}_group;
      create table public.deep (id int); alter table public.deep owner to ${roles.owner};
      create function public.deepen() returns void language sql security definer as 'insert into public.deep values (1)';
      alter function public.deepen() owner to ${roles.owner}`);
    const before = await rightsAndSettings(database);
    const running = await as(roles.app);
    await running.query('begin');
    await running.query('select public.deepen()');
    await running.query('insert into public.shared values (1)');
    await running.query('commit');
    await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    assert.equal(await stateOf(running, 'select public.deepen()'), '42501');
    assert.equal(await stateOf(running, 'insert into public.shared values (1)'), '42501');
    await thaw(ledger, operator, planFor(roles));
    assert.deepEqual(await rightsAndSettings(database), before);
  });

  it("refuses what it cannot keep out: a superuser's function, a predefined right to write", async () => {
    const { ledger, operator, as, roles, database } = await open();
    const attempt = () => freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    await database.run(
      `create function public.open_door() returns void language sql security definer as 'delete from public.plain'`,
    );
    await assert.rejects(attempt(), /FREEZE_INCOMPLETE open_door\(\)|FREEZE_INCOMPLETE public\.open_door\(\)/);
    await thaw(ledger, operator, planFor(roles));
    await database.run('drop function public.open_door()');
    await database.run(`grant pg_write_all_data to ${roles.app}`);
    await assert.rejects(attempt(), /PROBE_WROTE/);
  });

  it('refuses a role that is not there, and the one that it works as itself', async () => {
    const { ledger, operator, roles } = await open();
    const missing = freeze(
      ledger,
      operator,
      { id: 'freeze_test', freeze: { roles: ['nobody_here'], graceSeconds: 0, drainSeconds: 1 } },
      quiet,
      soon(),
    );
    await assert.rejects(missing, /FREEZE_INCOMPLETE nobody_here/);
    const own = { id: 'freeze_test', freeze: { roles: [roles.ledger], graceSeconds: 0, drainSeconds: 1 } };
    await assert.rejects(freeze(ledger, operator, own, quiet, soon()), /FREEZE_INCOMPLETE/);
  });

  it('is undone exactly wherever it was killed, and can be done again', async () => {
    const { ledger, operator, as, roles, database } = await open();
    const before = await rightsAndSettings(database);
    for (let statement = 1; ; statement += 1) {
      const killed = killedAt(operator, statement);
      const ended = await freeze(ledger, killed, planFor(roles), quiet, soon(), {
        login: as,
      }).then(
        () => true,
        (error: unknown) => {
          if (error === cut) return false;
          throw error;
        },
      );
      await operator.query('rollback');
      if (statement % 2 === 0) await thaw(ledger, operator, planFor(roles));
      if (statement % 2 === 0) assert.deepEqual(await rightsAndSettings(database), before, `statement ${statement}`);
      if (ended) break;
    }
    await thaw(ledger, operator, planFor(roles));
    assert.deepEqual(await rightsAndSettings(database), before);
  });

  it('is thawed also when something that was frozen was dropped meanwhile', async () => {
    const { ledger, operator, as, roles, superuser } = await open();
    await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    const somebody = await superuser();
    await somebody.query('set default_transaction_read_only = off');
    await somebody.query('drop table public.parts; alter table public.columns drop column note');
    await thaw(ledger, operator, planFor(roles));
    const writer = await as(roles.app);
    assert.equal(await stateOf(writer, `insert into public.plain (note) values ('thawed')`), undefined);
    assert.equal(await stateOf(writer, 'insert into public.columns (id) values (1)'), undefined);
    assert.equal(await frozenSince(ledger, planFor(roles)), undefined);
  });

  it('is thawed also when a role whose setting was taken was dropped meanwhile', async () => {
    const { ledger, operator, database, as, roles } = await open();
    const before = await rightsAndSettings(database);
    const gone = `${roles.app}_gone`;
    await operator.query(`create role ${gone}; alter role ${gone} set default_transaction_read_only = off`);
    await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    await operator.query(`drop role ${gone}`);
    await thaw(ledger, operator, planFor(roles));
    assert.equal(await frozenSince(ledger, planFor(roles)), undefined);
    assert.deepEqual(await rightsAndSettings(database), before);
  });

  it('is not thawed as long as a right is not back, though its table has no other one left', async () => {
    const { ledger, operator, as, roles } = await open();
    await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    const query = (...args: unknown[]) =>
      String(args[0]).startsWith('grant') ? undefined : (operator.query as (...all: unknown[]) => unknown)(...args);
    const deaf = new Proxy(operator, { get: (of, name) => (name === 'query' ? query : Reflect.get(of, name)) });
    await assert.rejects(thaw(ledger, deaf, planFor(roles)), /THAW_INCOMPLETE/);
    assert.notEqual(await frozenSince(ledger, planFor(roles)), undefined);
  });

  it('is thawed also when the thaw itself was killed', async () => {
    const { ledger, operator, as, roles, database } = await open();
    const before = await rightsAndSettings(database);
    await freeze(ledger, operator, planFor(roles), quiet, soon(), { login: as });
    for (let statement = 1; ; statement += 1) {
      const ended = await thaw(ledger, killedAt(operator, statement), planFor(roles)).then(
        () => true,
        (error: unknown) => {
          if (error === cut) return false;
          throw error;
        },
      );
      await operator.query('rollback');
      if (ended) break;
    }
    assert.deepEqual(await rightsAndSettings(database), before);
  });
});

const cut = new Error('killed');

/** A session whose process dies before its nth statement, and says nothing more. */
function killedAt(client: pg.Client, nth: number): pg.Client {
  let statements = 0;
  const query = (...args: unknown[]) => {
    statements += 1;
    if (statements >= nth) return Promise.reject(cut);
    return (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
  };
  return new Proxy(client, { get: (target, name) => (name === 'query' ? query : Reflect.get(target, name)) });
}
