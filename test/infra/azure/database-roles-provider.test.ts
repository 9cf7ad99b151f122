import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { call } from '../../../gates/registry.ts';
import type { PlatformAddress } from '../../../infra/platform.ts';
import { type EntraServer, entraServer } from '../../support/entra-server.ts';
import { type GatesJob, gatesJob } from '../../support/gates-job.ts';

type Properties = Record<string, unknown>;
const kind = 'azure-database-roles';

for (const runner of ['in-process', 'job'] as const) {
  describe(`the roles of a flexible server as a resource, gates.runner ${runner}`, function () {
    this.timeout(60_000);
    let server: EntraServer;
    let job: GatesJob;
    let inputs: Properties;
    let outs: Properties;
    before(async () => {
      server = await entraServer();
      const token = await server.platform.databasePassword('gates');
      job = await gatesJob(join(projectRoot, 'gates/run-in-job.ts'), token);
      const { azure } = job.platform;
      assert.ok(azure);
      const platform: PlatformAddress =
        runner === 'job' ? job.platform : { ...job.platform, azure: { ...azure, gates: { runner } } };
      const { database, administrator, users } = server;
      inputs = { platform, database, administrator, users, timeouts: { lock: '5s', statement: '30s' } };
      ({ outs } = (await call(kind, 'create', [inputs])) as { outs: Properties });
    });
    after(() => job.close());

    const check = async (news: Properties, olds = inputs) =>
      (await call(kind, 'check', [olds, news])) as { inputs: Properties; failures: { reason: string }[] };

    it(`are made ${runner === 'job' ? 'by an execution of the job' : 'without the job'}`, async () => {
      assert.deepEqual(outs.address, { ...server.database, users: server.users });
      const executions = await job.executions();
      assert.deepEqual(
        executions.map(({ status }) => status),
        runner === 'job' ? ['Succeeded'] : [],
      );
    });

    it('have nothing to change while nothing has changed', async () => {
      assert.deepEqual(await check(inputs), { inputs, failures: [] });
      assert.deepEqual(await call(kind, 'diff', ['id', outs, inputs]), { changes: false });
    });

    it('are made again after drift and after other inputs', async () => {
      const service = await server.session('postgres');
      try {
        await service.query(`grant create on schema public to "${server.users.app}"`);
        const { inputs: drifted } = await check(inputs);
        assert.match(String(drifted.drift), /has create on schema public$/);
        assert.deepEqual(await call(kind, 'diff', ['id', outs, drifted]), { changes: true });
        await assert.rejects(call(kind, 'update', ['id', outs, drifted]), /APP_MAY_DO_DDL/);
        await service.query(`revoke create on schema public from "${server.users.app}"`);
      } finally {
        await service.end();
      }
      const other = { ...inputs, timeouts: { lock: '6s', statement: '30s' } };
      assert.equal((await check(other)).inputs.drift, undefined);
      assert.deepEqual(await call(kind, 'diff', ['id', outs, other]), { changes: true });
      await call(kind, 'update', ['id', outs, other]);
    });

    it('are planned while the server is not known, and refused while it does not answer', async () => {
      const before = (await job.executions()).length;
      assert.deepEqual((await check({ ...inputs, database: unknownSentinel })).failures, []);
      assert.equal((await job.executions()).length, before);
      const gone = { ...inputs, database: { ...server.database, port: 1 } };
      const { failures } = await check(gone, gone);
      assert.match(failures.map(({ reason }) => reason).join(), /^BLOCKER DATABASE_UNREACHABLE/);
    });
  });
}
