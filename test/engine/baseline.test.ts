import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { parse } from 'yaml';
import { projectRoot } from '../../tools/project.ts';
import { assertRefused, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const history = 'select name from pgmigrations order by id';
const index = 'create index events_subject_occurred_at on events (subject, occurred_at);';
const count = 'select count(*)::int as rows from events';

describe('an existing database on its way under its migrations', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let migrator: Client;

  before(async () => {
    project = await promotionProject();
    const { config } = parse(await readFile(join(projectRoot, 'Pulumi.baseline.yaml'), 'utf8'));
    for (const key of Object.keys(project.config)) delete project.config[key];
    for (const [key, value] of Object.entries(config)) project.config[key.replace('sallyport:', '')] = value;
    project.config.platform.directory = '.sallyport/local';
  });
  after(() => project.remove());

  const sha = () => project.config.baseline.sha as string;
  const evidence = async (file: string) =>
    JSON.parse(await readFile(join(project.root, '.artifacts/baseline', sha(), file), 'utf8'));

  it('is not begun from a snapshot that breaks off: nothing of it is left', async () => {
    const file = join(project.root, 'stacks/sample-database/desk.sql');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}\nselect 1 / 0;\n`);
    assertRefused(await project.up(), 'SNAPSHOT_NOT_RESTORED stacks/sample-database/desk.sql: found division by zero');
    await writeFile(file, text);
    const client = await project.session('migrator');
    assert.deepEqual((await client.query(`select tablename from pg_tables where schemaname = 'public'`)).rows, []);
  });

  it('is not stamped while it is not what the migrations give; every difference is named', async () => {
    const file = join(project.root, 'stacks/sample-database/desk.sql');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(index, 'create index by_hand on events (kind);'));
    const { code, output } = await project.up();
    await writeFile(file, text);
    assert.notEqual(code, 0);
    assert.match(output, /PARITY_DIFFERENCE index public\.by_hand: .*not expected/);
    assert.match(output, /PARITY_DIFFERENCE index public\.events_subject_occurred_at: .*missing/);
    migrator = await project.session('migrator');
    await assert.rejects(migrator.query(history), /does not exist/);
    assert.equal((await evidence('parity.json')).differences.length, 2);
  });

  it('is not stamped while the API is not healthy on an empty database at head', async () => {
    await migrator.query(`drop index by_hand; ${index}`);
    const { api } = project.config.baseline.services;
    api.health = '/nowhere';
    project.config.baseline.healthSeconds = 1;
    assertRefused(await project.up(), 'BOOTSTRAP_FAILED head: found api: not healthy after 1 s (status 404)');
    delete api.health;
    delete project.config.baseline.healthSeconds;
    await assert.rejects(migrator.query(history), /does not exist/);
  });

  it('is stamped once it is, drilled on a copy, and brought to head with its rows', async () => {
    const before = (await migrator.query(count)).rows[0].rows;
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    assert.match(output, /parity: passed, .* an empty database gets to head, where api is healthy/);
    assert.match(output, /stamp: passed, 4 migrations written into the history/);
    assert.match(output, /drill: passed, up 2, up 1, down 1, up 1 on a copy, catalogs equal/);
    assert.match(output, /head: passed, 3 applied, 7 in the history, .* 2 reads work/);
    assert.equal((await migrator.query(history)).rowCount, 7);
    assert.ok((await migrator.query(count)).rows[0].rows >= before);
    const { rowsBefore, rowsAfter } = await evidence('head.json');
    assert.ok(rowsAfter['public.events'] > rowsBefore['public.events']);
  });

  it('is watched: what is changed by hand is said by refresh and blocks a preview until it is undone', async () => {
    await migrator.query('alter table cases add note text');
    const refreshed = await project.pulumi('refresh', '--yes');
    assert.match(refreshed.output, /drift: DRIFT column public\.cases\.note: not expected/);
    const blocked = await project.pulumi('preview');
    assert.notEqual(blocked.code, 0);
    assert.match(blocked.output, /BLOCKER DRIFT column public\.cases\.note/);
    await migrator.query('alter table cases drop note');
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    assert.match(output, /8 unchanged/, 'only the gate that saw it has judged again');
  });
});
