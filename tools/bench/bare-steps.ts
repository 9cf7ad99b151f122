import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { readEnvironment, readSecret } from '../../infra/local/environment.ts';
import { assembleRelease } from '../../stacks/sample-releases/assemble.ts';
import type { PromotionProject } from '../../test/support/promotion-project.ts';
import { until } from '../../test/support/until.ts';
import { packagePrograms } from '../project.ts';
import type { BenchRow } from './bench-row.ts';

/** What a hand-made script does: migrate, start the API, ask one health URL. No gate, no proof, no way back. */
export async function benchBareSteps(project: PromotionProject): Promise<readonly BenchRow[]> {
  await project.pointTo('first');
  const first = await project.up();
  assert.equal(first.code, 0, first.output);
  const bare = await bareSteps(project);
  await project.pointTo('good');
  const since = performance.now();
  const gated = await project.up();
  assert.equal(gated.code, 0, gated.output);
  const ours = (performance.now() - since) / 1000;
  const note = 'the gates prove schema, candidate, previous release and traffic; the bare steps prove nothing';
  return [{ name: 'promotion through all gates ÷ bare steps', ours, other: bare, ratio: ours / bare, unit: 's', note }];
}

/** Runs the bare steps of release `good` on a database of their own beside the promoted one. */
async function bareSteps(project: PromotionProject): Promise<number> {
  const environment = await readEnvironment(project.directory);
  assert.ok(environment, 'the environment does not run');
  const password = await readSecret(project.directory, 'database-password-postgres');
  const admin = new pg.Client({ ...environment.database, user: 'postgres', password });
  await admin.connect();
  await admin.query('create database bare');
  const url = new URL(await readSecret(project.directory, 'database-url-migrator'));
  url.pathname = '/bare';
  url.username = 'postgres';
  url.password = password;
  const run = (directory: string, args: readonly string[]) => {
    const env = { PATH: process.env.PATH, DATABASE_URL: url.href, PORT: '0', API_TOKEN: 'bench-token-of-no-use' };
    return spawn(join(packagePrograms, 'node'), args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const migrate = async (directory: string) => {
    const [code] = await once(run(directory, ['migrate.ts']), 'exit');
    assert.equal(code, 0);
  };
  const folder = join(project.root, '.sallyport', 'app');
  const old = await assembleRelease('first', join(folder, 'bare-first'));
  const next = await assembleRelease('good', join(folder, 'bare-good'));
  await migrate(old.directory);
  const since = performance.now();
  await migrate(next.directory);
  const api = run(next.directory, ['api/main.ts']);
  try {
    let printed = '';
    api.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await until('the API prints its port', () => /:\d{2,5}\b/.test(printed));
    const port = /:(\d{2,5})\b/.exec(printed)?.[1];
    await until('the API is healthy', async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status === 200);
    return (performance.now() - since) / 1000;
  } finally {
    api.kill('SIGTERM');
    await once(api, 'exit');
    await admin.query('drop database bare with (force)');
    await admin.end();
  }
}
