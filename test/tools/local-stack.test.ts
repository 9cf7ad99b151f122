import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { projectRoot } from '../../tools/project.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const saltLine = 'encryptionsalt: v1:ZUeYnipAMBU=:v1:sVEMz6f8YQwZ8ati:iurOmW+HfhNiXB6oWCBC4GRuOYD2Aw==\n';
const settings = `# a comment that stays\nconfig:\n  sallyport:days: [mon, tue]\n${saltLine}`;
const program = `
export const addresses = { web: 'http://127.0.0.1:1', api: 'http://127.0.0.1:2' };
export const release = 'r1';
export const evidence = '.artifacts/deploy/r1';
`;

describe('the local stack, in a project of its own', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder();
    const { path } = folder;
    await cp(join(projectRoot, 'tools'), join(path, 'tools'), { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) await cp(join(projectRoot, name), join(path, name));
    await symlink(join(projectRoot, 'node_modules'), join(path, 'node_modules'));
    await mkdir(join(path, 'stacks'));
    await writeFile(join(path, 'stacks', 'index.ts'), program);
    const runtime = 'runtime: { name: nodejs, options: { typescript: false } }';
    await writeFile(join(path, 'Pulumi.yaml'), `name: sallyport\nmain: stacks/index.ts\n${runtime}\n`);
    await writeFile(join(path, 'Pulumi.local.yaml'), settings);
  });
  after(() => folder.remove());

  async function run(tool: string, args: string[] = [], env: Record<string, string> = {}) {
    const { PULUMI_CONFIG_PASSPHRASE: _, PULUMI_CONFIG_PASSPHRASE_FILE: __, PULUMI_STACK: ___, ...own } = process.env;
    const child = spawn(process.execPath, ['tools/run.mjs', tool, ...args], {
      cwd: folder.path,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        printed[name] += text;
      });
    }
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, ...printed };
  }

  it('is made by the first command, with the settings file left as it was', async () => {
    const { code, stdout, stderr } = await run('tools/pulumi.ts', ['config', 'get', 'days']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /mon/);
    assert.equal(await readFile(join(folder.path, 'Pulumi.local.yaml'), 'utf8'), settings);
  });

  it('is not where a stack on another platform is kept', async () => {
    const { path } = folder;
    await writeFile(join(path, 'Pulumi.prod.yaml'), 'config:\n  sallyport:platform:\n    kind: azure\n');
    await mkdir(join(path, 'elsewhere'));
    const env = { PULUMI_BACKEND_URL: `file://${path}/elsewhere`, PULUMI_CONFIG_PASSPHRASE: 'test' };
    const made = await run('tools/pulumi.ts', ['stack', 'init', '--stack=prod', '--no-select'], env);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    const named = await run('tools/pulumi.ts', ['stack', 'ls', '--json'], { ...env, PULUMI_STACK: 'prod' });
    assert.deepEqual(
      JSON.parse(named.stdout).map(({ name }: { name: string }) => name),
      ['prod'],
    );
    const { stdout } = await run('tools/pulumi.ts', ['stack', 'ls', '--json'], env);
    assert.deepEqual(
      JSON.parse(stdout).map(({ name }: { name: string }) => name),
      ['local'],
    );
  });

  it('is promoted to by start, which prints where everything is', async () => {
    const { code, stdout, stderr } = await run('tools/start.ts');
    assert.equal(code, 0, stdout + stderr);
    for (const line of ['web       http://127.0.0.1:1', 'api       http://127.0.0.1:2', 'release   r1, accepted']) {
      assert.ok(stdout.includes(line), stdout);
    }
    assert.ok(stdout.includes('evidence  .artifacts/deploy/r1') && stdout.includes('npm run rollback'), stdout);
  });

  it('is not changed by a second start', async () => {
    const { code, stdout } = await run('tools/start.ts');
    assert.equal(code, 0);
    assert.match(stdout, /1 unchanged/);
    assert.equal(await readFile(join(folder.path, 'Pulumi.local.yaml'), 'utf8'), settings);
  });

  it('is answered for with the exit code of the engine', async () => {
    assert.notEqual((await run('tools/pulumi.ts', ['no-such-command'])).code, 0);
    assert.notEqual((await run('tools/start.ts', [], { PULUMI_CONFIG_PASSPHRASE: 'another one' })).code, 0);
  });
});
