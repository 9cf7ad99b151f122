import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import type { SchemaInputs } from '../../../gates/cutover-schema/facts.ts';
import { endMigrations, migrateAsJob } from '../../../gates/cutover-schema/migrate-as-job.ts';
import type { World } from '../../../gates/kernel/world.ts';
import { markVariable } from '../../../gates/migrate/facts.ts';
import type { ContainerApps, ContainerSpec, Execution } from '../../../infra/container-apps/container-apps.ts';

const declared: ContainerSpec = {
  name: 'migrate',
  image: 'shop@sha256:old',
  command: ['node', 'migrate.ts', 'up'],
  env: [
    { name: 'DATABASE_URL', value: 'postgres://shop-migrate@old.example.com:5432/app?sslmode=verify-full' },
    { name: 'AZURE_CLIENT_ID', value: 'client' },
  ],
};
const target = {
  host: 'new.example.com',
  port: 5432,
  database: 'app',
  tls: true,
  users: { gates: 'shop-promotions', migrator: 'shop-migrate', app: 'shop-apps' },
};
const inputs = {
  plan: { id: 'desk' },
  image: 'shop@sha256:new',
  commands: { head: ['node', 'migrate.ts'] },
} as unknown as SchemaInputs;

describe('migrations of a candidate as an execution of the migration job', () => {
  let executions: Execution[];
  let started: ContainerSpec[];
  let stopped: string[];
  let ends: Pick<Execution, 'status' | 'exitCode'>;
  let there: boolean;
  beforeEach(() => {
    executions = [];
    started = [];
    stopped = [];
    ends = { status: 'Succeeded' };
    there = true;
  });

  const execution = (name: string, status: string, mark: string): Execution => ({
    name,
    status,
    startTime: '2026-01-01T00:00:00Z',
    env: { [markVariable]: mark },
  });
  const world = (): World => {
    const apps: Partial<ContainerApps> = {
      getJob: async () =>
        there
          ? {
              container: declared,
              secrets: [],
              replicaTimeoutSeconds: 60,
              replicaRetryLimit: 0,
              parallelism: 1,
              replicaCompletionCount: 1,
            }
          : undefined,
      listExecutions: async () => executions,
      startJob: async (_job, container) => {
        started.push(container);
        executions.push({ ...execution('migrate-new', 'Running', ''), ...ends });
        return 'migrate-new';
      },
      getExecution: async (_job, name) => executions.find((each) => each.name === name),
      stopExecution: async (_job, name) => {
        stopped.push(name);
        executions = executions.map((each) => (each.name === name ? { ...each, status: 'Stopped' } : each));
      },
      executionLogs: async () => ({ lines: ['002_more: applied', ''], source: 'log-stream' }),
      watchLogs: () => ({ heard: () => ({ lines: [], source: 'none' }), close: () => undefined }),
    };
    return {
      signal: AbortSignal.timeout(110_000),
      now: () => new Date(),
      say: () => undefined,
      attempt: { id: 7 },
      platform: async () => ({ address: { kind: 'azure', endpoint: 'http://127.0.0.1:1' }, apps }),
    } as unknown as World;
  };

  it('have the image and the command of the cutover and the address of the candidate, and all else of the job', async () => {
    const run = await migrateAsJob(world(), inputs, 'migrate', target);
    assert.deepEqual(run, { code: 0, lines: ['002_more: applied'] });
    assert.deepEqual(started, [
      {
        name: 'migrate',
        image: 'shop@sha256:new',
        command: ['node', 'migrate.ts'],
        env: [
          { name: 'AZURE_CLIENT_ID', value: 'client' },
          { name: 'DATABASE_URL', value: 'postgres://shop-migrate@new.example.com:5432/app?sslmode=verify-full' },
          { name: markVariable, value: 'cutover-desk-schema-7' },
        ],
      },
    ]);
  });

  it('have failed where the execution has not succeeded, whatever it printed', async () => {
    ends = { status: 'Failed', exitCode: 3 };
    const run = await migrateAsJob(world(), inputs, 'migrate', target);
    assert.deepEqual(run, { code: 3, lines: ['002_more: applied', 'migrate-new Failed'] });
    ends = { status: 'Stopped' };
    executions = [];
    assert.equal((await migrateAsJob(world(), inputs, 'migrate', target)).code, 1);
  });

  it('are not started where there is no such job', async () => {
    there = false;
    await assert.rejects(
      migrateAsJob(world(), inputs, 'migrate', target),
      /JOB_NOT_STARTED migrate: found no such job/,
    );
  });

  it('are ended where a gate that was killed had left them, and nobody else’s are', async () => {
    executions = [
      execution('ours', 'Running', 'cutover-desk-schema-6'),
      execution('ended', 'Succeeded', 'cutover-desk-schema-5'),
      execution('of-a-promotion', 'Running', '12-1.1'),
      execution('of-another', 'Running', 'cutover-desk2-schema-6'),
    ];
    await endMigrations(world(), inputs, 'migrate');
    assert.deepEqual(stopped, ['ours']);
  });
});
