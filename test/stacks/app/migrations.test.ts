import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, query, startDeskServer } from './desk-database.ts';
import { APP, runProgram, stopPrograms } from './program.ts';

const HISTORY = 'select name from pgmigrations order by run_on, id';
const SCHEMA = `
  select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
  where table_schema = 'public' and table_name <> 'pgmigrations' order by 1, 2`;

describe('the migrations of the sample application', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let files: string[];

  before(async () => {
    server = await startDeskServer();
    files = (await readdir(join(APP, 'migrations'))).sort().map((file) => parse(file).name);
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
  });

  it('are six or more, in all three languages, each with a way down', async () => {
    const names = await readdir(join(APP, 'migrations'));
    assert.ok(names.length >= 6);
    assert.deepEqual([...new Set(names.map((name) => parse(name).ext))].sort(), ['.js', '.sql', '.ts']);
  });

  it('go up in order, a line each, and a second run does nothing', async () => {
    const { migrator } = await server.create('up');
    const first = await runProgram(['migrate.ts'], { DATABASE_URL: migrator });
    assert.equal(first.code, 0, first.output);
    for (const name of files) assert.match(first.output, new RegExp(`^migrate: ${name} \\(up\\)$`, 'm'));
    assert.deepEqual(await names(migrator), files);
    const second = await runProgram(['migrate.ts'], { DATABASE_URL: migrator });
    assert.equal(second.code, 0);
    assert.match(second.output, /nothing to do/);
  });

  it('go down to nothing and up again to the same schema', async () => {
    const { migrator } = await server.create('up_down_up');
    const run = (...args: string[]) => runProgram(['migrate.ts', ...args], { DATABASE_URL: migrator });
    await run();
    const schema = await query(migrator, SCHEMA);
    const down = await run('down', String(files.length));
    assert.equal(down.code, 0, down.output);
    assert.deepEqual(await query(migrator, SCHEMA), []);
    assert.deepEqual(await names(migrator), []);
    const up = await run();
    assert.equal(up.code, 0, up.output);
    assert.deepEqual(await query(migrator, SCHEMA), schema);
  });

  it('go down one at a time', async () => {
    const { migrator } = await server.create('down_one');
    await runProgram(['migrate.ts'], { DATABASE_URL: migrator });
    await runProgram(['migrate.ts', 'down'], { DATABASE_URL: migrator });
    assert.deepEqual(await names(migrator), files.slice(0, -1));
  });

  it('leave tables that the role app may read and write, and not alter', async () => {
    const { migrator, app } = await server.create('rights');
    await runProgram(['migrate.ts'], { DATABASE_URL: migrator });
    await query(app, `insert into holds (subject, reason) values ('account-1', 'by hand')`);
    await assert.rejects(query(app, 'alter table holds add column more text'), { code: '42501' });
  });

  async function names(url: string): Promise<string[]> {
    return (await query<{ name: string }>(url, HISTORY)).map(({ name }) => name);
  }
});
