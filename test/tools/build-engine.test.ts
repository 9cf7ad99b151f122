import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { findEngine } from '../../tools/engine/find-engine.ts';
import { engineVersion } from '../../tools/engine/versions.ts';
import { projectRoot } from '../../tools/project.ts';
import { writeGo } from '../support/fake-engine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const version = '3.259.0';

describe('the build of the engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: { PATH: string; PULUMI_HOME: string };
  let log: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    env = { PATH: join(folder.path, 'bin'), PULUMI_HOME: join(folder.path, 'home') };
    log = join(folder.path, 'log');
  });
  afterEach(() => folder.remove());

  const find = () => findEngine({ env, version, downloadUrl: 'http://127.0.0.1:9/', goPlaces: [], say: () => {} });

  function findInProcess(): ChildProcess {
    const search = { env, version, downloadUrl: 'http://127.0.0.1:9/', goPlaces: [] };
    const program = `import { findEngine } from '${projectRoot}/tools/engine/find-engine.ts';
      await findEngine({ ...${JSON.stringify(search)}, say: () => {} });`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  }

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`leaves nothing that is taken for an engine when it ends by ${signal}, and the next run builds it`, async () => {
      const pid = join(folder.path, 'pid');
      await writeGo(env.PATH, version, log, `echo $$ > '${pid}'; exec sleep 300`);
      const run = findInProcess();
      let go = '';
      await until('the build has begun', async () => {
        go = await readFile(pid, 'utf8').catch(() => '');
        return go.endsWith('\n');
      });
      const ended = once(run, 'close');
      run.kill(signal);
      await ended;
      if (signal === 'SIGKILL') process.kill(Number(go), 'SIGKILL');
      else await until('Go has ended too', () => !isAlive(Number(go)));
      assert.equal(existsSync(join(env.PULUMI_HOME, 'versions', version)), false);
      await writeGo(env.PATH, version, log);
      assert.equal(await find(), join(env.PULUMI_HOME, 'versions', version, 'bin', 'pulumi'));
    });
  }

  it('is done once when two ask for it at the same time', async () => {
    await writeGo(env.PATH, version, log);
    const runs = [findInProcess(), findInProcess()];
    const codes = await Promise.all(runs.map(async (run) => (await once(run, 'close'))[0]));
    assert.deepEqual(codes, [0, 0]);
    assert.equal((await readFile(log, 'utf8')).trim().split('\n').length, 2);
    assert.deepEqual(await readdir(join(env.PULUMI_HOME, 'versions')), [version]);
  });

  it('is pinned to the version of the official launcher', async () => {
    const goMod = await readFile(join(projectRoot, 'tools', 'engine', 'cli', 'go.mod'), 'utf8');
    assert.match(goMod, new RegExp(`^require github.com/pulumi/pulumi/pkg/v3 v${engineVersion}$`, 'm'));
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
