import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { type CommandProject, commandProject } from '../support/command-project.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

describe('the stand-in for the command plugin, under the real engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let project: CommandProject;
  let log: string;
  let create: string;

  before(async () => {
    folder = await temporaryFolder();
    project = await commandProject(folder.path);
    log = join(folder.path, 'log');
    create = `echo ran >> ${log}; echo out; echo err >&2`;
  });
  after(() => folder.remove());

  const runs = async () => (existsSync(log) ? (await readFile(log, 'utf8')).trim().split('\n') : []);

  it('runs nothing in preview', async () => {
    await project.set({ create });
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await runs(), []);
  });

  it('runs the command in up, and gives what it printed', async () => {
    const { code, output } = await project.pulumi('up', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await runs(), ['ran']);
    const { stdout, stderr } = await project.outputs();
    assert.deepEqual({ stdout, stderr }, { stdout: 'out', stderr: 'err' });
  });

  it('runs nothing when nothing has changed', async () => {
    const { output } = await project.pulumi('up', '--yes', '--skip-preview');
    assert.match(output, /2 unchanged/);
    assert.deepEqual(await runs(), ['ran']);
  });

  it('makes the resource anew when a trigger changes', async () => {
    const { id } = await project.outputs();
    await project.set({ create, triggers: ['second'] });
    const { code, output } = await project.pulumi('up', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.match(output, /1 replaced/);
    assert.notEqual((await project.outputs()).id, id);
    assert.deepEqual(await runs(), ['ran', 'ran']);
  });

  it('runs the command again when another input changes, and hands it what the last one printed', async () => {
    const { id } = await project.outputs();
    const again = 'echo "before: $PULUMI_COMMAND_STDOUT"';
    await project.set({ create: again, triggers: ['second'] });
    await project.pulumi('up', '--yes', '--skip-preview');
    const outputs = await project.outputs();
    assert.equal(outputs.id, id);
    assert.equal(outputs.stdout, 'before: out');
  });

  it('fails with the exit status and all that a failing command printed, and keeps the state', async () => {
    const { stdout } = await project.outputs();
    await project.set({ create: 'echo what I found; echo why it is wrong >&2; exit 3', triggers: ['second'] });
    const { code, output } = await project.pulumi('up', '--yes', '--skip-preview');
    assert.notEqual(code, 0);
    for (const part of ['exit status 3', 'what I found', 'why it is wrong']) assert.ok(output.includes(part), output);
    const exported = await project.pulumi('stack', 'export');
    assert.ok(exported.output.includes(JSON.stringify(stdout)), exported.output);
  });

  it('keeps what a command with a secret prints out of sight and of the state', async () => {
    await project.set({
      create: 'echo "it is $SECRET"',
      environment: { SECRET: 'planted-5c1f' },
      triggers: ['second'],
    });
    const { code, output } = await project.pulumi('up', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    const exported = await project.pulumi('stack', 'export');
    assert.ok(!`${output}${exported.output}`.includes('planted-5c1f'), output);
    assert.equal((await project.outputs()).stdout, 'it is planted-5c1f');
    await project.set({ create: 'echo $SECRET; false', environment: { SECRET: 'planted-5c1f' }, triggers: ['second'] });
    const failed = await project.pulumi('up', '--yes', '--skip-preview');
    assert.match(failed.output, /exit status 1/);
    assert.ok(!failed.output.includes('planted-5c1f'), failed.output);
  });

  it('refuses inputs and types that it does not know, in preview already', async () => {
    await project.set({ create, cwd: '/' });
    const input = await project.pulumi('preview');
    assert.notEqual(input.code, 0);
    assert.match(input.output, /cwd.*no such input/s);
    await project.set({ create }, 'command:remote:Command');
    const type = await project.pulumi('preview');
    assert.notEqual(type.code, 0);
    assert.match(type.output, /command:local:Command only/);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`stops the command and all it has started when the engine gets ${signal}`, async () => {
      const pids = join(folder.path, signal);
      await project.set({ create: `sleep 300 & echo $! > ${pids}; wait`, triggers: [signal] });
      const engine = project.start(['up', '--yes', '--skip-preview', '--non-interactive'], { stdio: 'ignore' });
      const ended = once(engine, 'close');
      await until('the command runs', () => existsSync(pids));
      const pid = await until('its process is known', async () => (await readFile(pids, 'utf8')).endsWith('\n')).then(
        () => readFile(pids, 'utf8'),
      );
      const plugins = childrenOf(engine.pid);
      engine.kill(signal);
      await ended;
      await until('it has ended', () => !isAlive(Number(pid)));
      // The language host may outlive an engine that is killed.
      for (const plugin of plugins) if (isAlive(plugin)) process.kill(plugin, 'SIGKILL');
      await project.pulumi('cancel', '--yes');
    });
  }

  it('runs the delete command when the resource goes', async () => {
    await project.set({ create: 'true', delete: `echo gone >> ${log}`, triggers: ['last'] });
    assert.equal((await project.pulumi('up', '--yes', '--skip-preview')).code, 0);
    const { code, output } = await project.pulumi('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.equal((await runs()).at(-1), 'gone');
  });
});

function childrenOf(pid: number | undefined): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  return rows.flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
