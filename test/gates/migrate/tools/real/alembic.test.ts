import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { branched } from '../../../../../gates/preflight/rules/branched.ts';
import { type DeskServer, startDeskServer } from '../../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';
import { sampleRelease } from '../../../sample-release.ts';
import { assertStamped } from './stamped.ts';
import { pythonTools, run } from './test-tools.ts';
import { assertApplied, type ToolProject, toolProject, traced } from './tool-project.ts';

const env = `
import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;

const revision = (file: string, name: string, before: string, sql = '') => `"""${file}"""
from alembic import op

revision: str = '${name}'
down_revision = ${before}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(${JSON.stringify(traced(file) + sql)})


def downgrade() -> None:
    pass
`;

describe('alembic, for real', function () {
  this.timeout(300_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: DeskServer;
  let python: string;

  before(async () => {
    python = await pythonTools();
    folder = await temporaryFolder();
    server = await startDeskServer();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  async function alembic(project: ToolProject, ...args: string[]) {
    await project.write({ 'env.py': env, 'alembic.ini': `[alembic]\nscript_location = ${project.directory}\n` });
    const url = project.url.replace('postgres://', 'postgresql+psycopg://');
    return run(python, ['-m', 'alembic', ...args], project.directory, { DATABASE_URL: url });
  }

  it('runs in our order, which the files name; one head stands for all before it; a failure leaves nothing', async () => {
    const project = await toolProject(server, folder.path, 'alembic');
    await project.write({
      'versions/a_third.py': revision('versions/a_third.py', 'aaa3', "'ccc2'"),
      'versions/b_first.py': revision('versions/b_first.py', 'bbb1', 'None'),
      'versions/c_second.py': revision('versions/c_second.py', 'ccc2', '"bbb1"'),
    });
    const up = await alembic(project, 'upgrade', 'head');
    assert.equal(up.code, 0, up.output);
    await assertApplied(project);
    await assertStamped(project, () => alembic(project, 'upgrade', 'head'));
    const { applied, recorded } = await project.history();
    assert.deepEqual([applied, recorded], [['bbb1', 'ccc2', 'aaa3'], ['aaa3']]);
    assert.deepEqual(project.set().ignored, []);
    await alembic(project, 'downgrade', '-1');
    assert.deepEqual((await project.history()).applied, ['bbb1', 'ccc2']);
    await project.write({ 'versions/a_third.py': revision('versions/a_third.py', 'aaa3', "'ccc2'", 'select no_such') });
    assert.notEqual((await alembic(project, 'upgrade', 'head')).code, 0);
    assert.deepEqual((await project.history()).applied, ['bbb1', 'ccc2']);
    assert.match(project.sections('versions/a_third.py').reason ?? '', /Python/);
  });

  it('refuses two heads, and so do we; a merge of them is one head', async () => {
    const project = await toolProject(server, folder.path, 'alembic');
    await project.write({
      'versions/1.py': revision('versions/1.py', 'root', 'None'),
      'versions/2.py': revision('versions/2.py', 'left', "'root'"),
      'versions/3.py': revision('versions/3.py', 'right', "'root'"),
    });
    const codes = () => {
      const { migrations } = sampleRelease();
      const release = sampleRelease({
        migrations: { ...migrations, tool: 'alembic', files: [...project.set().files] },
      });
      return branched({ release }).map((finding) => finding.code);
    };
    assert.match((await alembic(project, 'upgrade', 'head')).output, /Multiple head revisions/);
    assert.deepEqual(codes(), ['MIGRATION_BRANCHED']);
    await project.write({ 'versions/4.py': revision('versions/4.py', 'merged', "('left', 'right')") });
    assert.deepEqual(codes(), []);
    const up = await alembic(project, 'upgrade', 'head');
    assert.equal(up.code, 0, up.output);
    assert.deepEqual([...(await project.history()).applied].sort(), ['left', 'merged', 'right', 'root']);
  });
});
