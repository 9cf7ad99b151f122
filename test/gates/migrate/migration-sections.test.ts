import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { sectionsIn } from '../../../gates/migrate/migration-sections.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the sections of a migration', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;

  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  it('keep the line numbers of the file', async () => {
    const sql = '-- Up Migration\ncreate table a ();\n-- Down Migration\ndrop table a;\n';
    const { sections } = await read('node-pg-migrate', { '1_a.sql': sql });
    assert.equal(sections.up, '-- Up Migration\ncreate table a ();');
    assert.equal(sections.down, '\n\n-- Down Migration\ndrop table a;');
    assert.equal(sections.transactional, true);
    assert.equal(sections.evaluated, true);
  });

  it('say of a program that it is not evaluated, and whether it runs in a transaction', async () => {
    const { sections } = await read('node-pg-migrate', { '1_a.js': 'exports.up = (pgm) => { pgm.noTransaction() }' });
    assert.equal(sections.evaluated, false);
    assert.match(sections.reason ?? '', /JavaScript/);
    assert.equal(sections.transactional, false);
  });

  it('are filled with the configured values, and not evaluated while one is missing', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the SQL
    const sql = 'create table {{ index .Options "Namespace" }}.users (id int);\n-- ${owner}\n';
    const values = { 'index .Options "Namespace"': 'auth' };
    const some = await read('node-pg-migrate', { '1_a.sql': sql }, values);
    assert.match(some.sections.up, /create table auth\.users/);
    assert.deepEqual(
      [some.sections.evaluated, some.sections.reason],
      [false, 'no value in sallyport:migrations.values for owner'],
    );
    const all = await read('node-pg-migrate', { '1_a.sql': sql }, { ...values, owner: 'desk' });
    assert.equal(all.sections.evaluated, true);
  });

  it('are not read from a file that is not the one of the release', async () => {
    const { directory, set } = await read('node-pg-migrate', { '1_a.sql': 'select 1' });
    await writeFile(join(directory, '1_a.sql'), 'select 2');
    const [file] = set.files;
    assert.ok(file);
    const sections = sectionsIn(directory, migrationTool('node-pg-migrate'))(file);
    assert.equal(sections.evaluated, false);
    assert.match(sections.reason ?? '', /not there with the content of the release/);
  });

  async function read(tool: string, files: Record<string, string>, values: Record<string, string> = {}) {
    count += 1;
    const directory = join(folder.path, String(count));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    const set = migrationSet(directory, migrationTool(tool));
    const [file] = set.files;
    assert.ok(file);
    return { directory, set, sections: sectionsIn(directory, migrationTool(tool), values)(file) };
  }
});
