import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { workAsOperator, writers } from '../support/operator-roles.ts';
import { assertServing } from '../support/promotion-project.ts';
import { assertAllBack, useDesk } from '../support/use-desk.ts';

describe('a cutover by an operator who is a superuser on neither side', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject();
    // The owner of the tables writes too: with its rights the freeze takes those that the operator had as its member.
    desk.config.cutover.freeze.roles = [...writers];
    await workAsOperator(desk);
  });
  after(() => desk?.remove());

  /** Every right on the source's tables, and every setting of a role: as it was before, when the way back is done. */
  const standing = async () => {
    const rights = await desk.sql(
      'source',
      `select c.relname::text, a.grantor::regrole::text, a.grantee::regrole::text, a.privilege_type
       from pg_class c cross join lateral aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'S') order by 1, 2, 3, 4`,
    );
    const settings = await desk.sql(
      'source',
      'select setrole::regrole::text, setconfig from pg_db_role_setting order by 1, 2',
    );
    return { rights, settings };
  };
  let asBefore: Awaited<ReturnType<typeof standing>>;

  it('is built, verified and rehearsed', async () => {
    asBefore = await standing();
    desk.config.cutover.stage = 'verify';
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    const rehearsed = await desk.tool('rehearse-rollback');
    assert.equal(rehearsed.code, 0, rehearsed.output);
    assert.deepEqual(await standing(), asBefore);
  });

  it('is flipped to, and followed by the source', async () => {
    await desk.approve();
    desk.config.cutover.stage = 'all';
    await useDesk(desk, 'target', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
    });
    assert.equal(await desk.serving(), 'target');
    const [back] = await desk.sql<{ owner: string; superuser: boolean; password: boolean }>(
      'source',
      `select r.rolname as owner, r.rolsuper as superuser, s.subpasswordrequired as password
       from pg_subscription s join pg_roles r on r.oid = s.subowner where subname = 'sallyport_desk_back'`,
    );
    assert.deepEqual(back, { owner: 'mover', superuser: false, password: true });
  });

  it('goes back with every row that was written meanwhile', async () => {
    await useDesk(desk, 'target', async () => {});
    await useDesk(desk, 'source', async () => {
      const { code, output } = await desk.tool('way-back');
      assert.equal(code, 0, output);
    });
    assert.deepEqual(await standing(), asBefore);
    assert.equal(await desk.serving(), 'source');
    await assertServing(desk.project, desk.project.config.release.sha);
    await assertAllBack(desk);
  });

  it('leaves nothing that replicates when it is given up', async () => {
    const { code, output } = await desk.cutover('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await desk.replicationOn('source'), []);
    assert.deepEqual(await desk.replicationOn('target'), []);
  });
});
