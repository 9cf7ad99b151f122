import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { findGo } from '../../tools/engine/go.ts';
import { projectRoot } from '../../tools/project.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { pipelineProblems } from './pipeline-schema.ts';

const run = promisify(execFile);
const workflows = join(projectRoot, 'docs', 'ci', 'github-actions');
const pipelines = join(projectRoot, 'docs', 'ci', 'azure-pipelines');

async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

describe('the workflows for GitHub Actions', function () {
  this.timeout(600_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let files: ReadonlyMap<string, string>;
  let linter: string;

  before(async () => {
    folder = await temporaryFolder();
    files = await filesIn(workflows);
    linter = join(folder.path, 'actionlint');
    const module = join(import.meta.dirname, 'actionlint');
    const source = 'github.com/rhysd/actionlint/cmd/actionlint';
    // Where there is no Go this fails, and is not skipped.
    const go = await findGo(module, process.env);
    await run(go, ['build', '-mod=readonly', '-o', linter, source], { cwd: module, maxBuffer: 2 ** 26 });
  });
  after(() => folder.remove());

  /** The workflows in a repository, where one may call another. */
  async function repository(name: string): Promise<string> {
    const root = join(folder.path, name);
    await mkdir(join(root, '.git'), { recursive: true });
    await cp(workflows, join(root, '.github', 'workflows'), { recursive: true });
    return root;
  }

  // Not what else happens to be on the machine.
  const lint = (root: string) => run(linter, ['-no-color', '-shellcheck=', '-pyflakes='], { cwd: root });

  it('have nothing for actionlint to find', async () => {
    await lint(await repository('right'));
  });

  it('are really read by it: an expression that names nothing is found', async () => {
    const root = await repository('wrong');
    const rollback = join(root, '.github', 'workflows', 'rollback.yml');
    await writeFile(rollback, `${files.get('rollback.yml')}    with:\n      sha: \${{ needs.other.outputs.sha }}\n`);
    await assert.rejects(lint(root), ({ stdout }: { stdout: string }) =>
      /property "other" is not defined/.test(stdout),
    );
  });

  it('have scripts that the shell can read', () => assertScripts(files));

  it('name every action by its commit, and say which version that is', () => {
    for (const [name, text] of files) {
      for (const [line] of text.matchAll(/^.*\buses: .*$/gm)) {
        assert.match(line, /uses: (\.\/|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/, name);
      }
    }
  });

  it('have no permission but those that a job asks for, and no secret', () => {
    for (const [name, text] of files) {
      const { permissions, jobs } = parse(text);
      assert.deepEqual(permissions, {}, name);
      assert.doesNotMatch(text, /secrets\./, name);
      for (const [job, settings] of Object.entries<Record<string, unknown>>(jobs)) {
        assert.ok(settings.permissions, `${name} ${job}`);
        assert.doesNotMatch(JSON.stringify(settings.permissions), /contents":"write|write-all/);
      }
    }
  });

  it('mutate production one at a time, in an environment, and are not ended in the middle', () => {
    const serial = { group: 'production-mutation', 'cancel-in-progress': false };
    const promote = parse(files.get('promote.yml') ?? '');
    const replay = parse(files.get('replay.yml') ?? '');
    assert.deepEqual(promote.concurrency, serial);
    assert.deepEqual(replay.jobs.replay.concurrency, serial);
    for (const { environment } of [promote.jobs.promote, replay.jobs.replay]) assert.equal(environment, 'production');
    const mutating = [...files].filter(([, text]) => /pulumi -- up|npm run rollback/.test(text)).map(([name]) => name);
    assert.deepEqual(mutating, ['promote.yml', 'replay.yml']);
  });

  it('run every preview and update with the policy pack', () => assertWithPolicy(files));
});

describe('the pipelines for Azure Pipelines', () => {
  let files: ReadonlyMap<string, string>;
  before(async () => {
    files = await filesIn(pipelines);
  });

  // No registry has the service's schema: these are the keys that its reference has of what is used here.
  it('have no key that the reference does not have', () => {
    for (const [name, text] of files) assert.deepEqual(pipelineProblems(parse(text)), [], name);
  });

  it('would not pass with a key that is misspelt', () => {
    const pipeline = parse(files.get('promote.yml') ?? '');
    pipeline.stages[0].jobs[0].enviroment = 'production';
    assert.match(pipelineProblems(pipeline).join(), /enviroment/);
  });

  it('mutate production in an environment, each in its turn', () => {
    for (const name of ['promote.yml', 'replay.yml', 'rollback.yml']) {
      const { lockBehavior, stages } = parse(files.get(name) ?? '');
      assert.equal(lockBehavior, 'sequential', name);
      for (const { jobs } of stages) for (const { environment } of jobs) assert.equal(environment, 'production', name);
    }
  });

  it('name each task with its version, and have no secret', () => {
    for (const [name, text] of files) {
      for (const [line] of text.matchAll(/^.*\btask: .*$/gm)) assert.match(line, /task: \w+@\d+$/, name);
      assert.doesNotMatch(text, /password|clientSecret|servicePrincipalKey/i, name);
    }
  });

  it('have scripts that the shell can read', () => assertScripts(files));

  it('run the engine with the policy pack', () => {
    const { steps } = parse(files.get('steps.yml') ?? '');
    const script = steps.find(({ task }: { task?: string }) => task === 'AzureCLI@2').inputs.inlineScript;
    assert.match(script, /^\$\{\{ parameters\.run \}\} --policy-pack gates\/policy /m);
    for (const [name, text] of files) assert.doesNotMatch(text, /skip-preview/, name);
  });
});

/** Reads each script and runs none. The expressions of the service are words to the shell. */
async function assertScripts(files: ReadonlyMap<string, string>): Promise<void> {
  const scripts = [...files.values()].flatMap((text) => scriptsIn(parse(text)));
  assert.ok(scripts.length > 5);
  for (const script of scripts) {
    await run('bash', ['-n', '-c', script.replaceAll(/\$\{\{.*?\}\}/g, 'word')]);
  }
}

function scriptsIn(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return ['run', 'bash', 'inlineScript'].includes(key) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => scriptsIn(member, name));
}

/** Rules over the whole stack run after the graph: an update without its preview would be over by then. */
function assertWithPolicy(files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    assert.doesNotMatch(text, /skip-preview/, name);
    for (const [line] of text.matchAll(/^.*npm run (pulumi -- (?!config)|rollback).*$/gm)) {
      assert.match(line, /--policy-pack gates\/policy/, name);
    }
  }
}
