import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { engineEnvironment } from '../../tools/engine/index.ts';
import { projectRoot } from '../../tools/project.ts';
import { type Ended, runProgram } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freshDatabase } from './local-environment.ts';
import { sampleInputs } from './sample-release.ts';

// What somebody writes who adds a gate: this file, and the line for the registry.
const gateFile = `
import { z } from 'zod';
import { defineGate, gateInputs } from '../kernel/gate.ts';
import { blocker } from '../kernel/verdict.ts';

const inputs = gateInputs.extend({ answer: z.string() });

/** Lets a release through when the answer is yes. */
export const oracle = defineGate<z.infer<typeof inputs>, string>({
  name: 'oracle',
  rules: 1,
  needs: [],
  live: true,
  inputs,
  evidence: { file: 'oracle.json', body: z.object({ answer: z.string().nullable() }) },
  deadlineSeconds: () => 30,
  subject: ({ answer }) => answer,
  inspect: async (_world, { answer }) => answer,
  judge: (answer) => (answer === 'yes' ? [] : [blocker('FLAG_NOT_READY', 'oracle', answer, 'yes')]),
  report: (_inputs, answer) => ({ answer: answer ?? null }),
  summary: (_inputs, answer) => \`the oracle says \${answer}\`,
});
`;
const registryLine = `  oracle: async () => (await import('./oracle/oracle.ts')).oracle,\n`;

// The program: one gate whose answer a test sets, one that says yes, and one that learns its answer from that.
const program = `
import { readFileSync } from 'node:fs';
import { GateResource } from '../gates/kernel/gate-resource.ts';
const { given, answer } = JSON.parse(readFileSync('../inputs.json', 'utf8'));
const sure = new GateResource('oracle', 'sure', { ...given, answer: 'yes' }, {});
const said = sure.summary.apply((summary) => summary.split(' ').at(-1));
const later = new GateResource('oracle', 'later', { ...given, answer: said }, {});
new GateResource('oracle', 'asked', { ...given, answer }, { dependsOn: later });
`;

describe('a new gate', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let root: string;
  let given: Record<string, unknown>;
  let env: Record<string, string>;
  let command: string;
  before(async () => {
    const { platform, database } = await freshDatabase();
    given = { ...sampleInputs({ platform, database }), artifacts: 'evidence' };
    folder = await temporaryFolder();
    root = folder.path;
    for (const part of ['gates', 'infra']) await cp(join(projectRoot, part), join(root, part), { recursive: true });
    await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
    for (const part of ['stacks', 'state', 'gates/oracle']) await mkdir(join(root, part));
    await writeFile(join(root, 'gates/oracle/oracle.ts'), gateFile);
    const registry = join(root, 'gates/registry.ts');
    const before = await readFile(registry, 'utf8');
    const line = before.indexOf('  preflight: async');
    await writeFile(registry, `${before.slice(0, line)}${registryLine}${before.slice(line)}`);
    await writeFile(join(root, 'stacks/index.ts'), program);
    await writeFile(join(root, 'package.json'), '{ "type": "module" }\n');
    await writeFile(
      join(root, 'Pulumi.yaml'),
      'name: new-gate\nmain: stacks/index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n',
    );
    const engine = await engineEnvironment(() => {});
    command = engine.command;
    const settings = { PULUMI_BACKEND_URL: `file://${root}/state`, PULUMI_CONFIG_PASSPHRASE: 'test' };
    env = { ...engine.env, ...settings, PULUMI_STACK: 'test' };
    const made = await pulumi('stack', 'init', 'test', '--secrets-provider', 'passphrase');
    assert.equal(made.code, 0, made.output);
  });
  after(() => folder.remove());

  const pulumi = (...args: string[]): Promise<Ended> =>
    runProgram(command, [...args, '--non-interactive'], { cwd: root, env }).ended;

  const answer = (answer: string) => writeFile(join(root, 'inputs.json'), JSON.stringify({ given, answer }));

  it('says yes and no in a preview already, and is only planned where it does not know its inputs', async () => {
    await answer('no');
    const { code, output } = await pulumi('preview');
    assert.notEqual(code, 0, output);
    assert.match(output, /oracle: the oracle says yes/);
    assert.match(output, /oracle: planned; answer not known before the update/);
    assert.match(output, /BLOCKER FLAG_NOT_READY oracle: found no; needed yes/);
  });

  it('lets a release through with evidence, and has nothing to do the next time', async () => {
    await answer('yes');
    const up = await pulumi('up', '--yes', '--skip-preview');
    assert.equal(up.code, 0, up.output);
    const evidence = JSON.parse(await readFile(join(root, 'evidence', 'abcdef0123456789', 'oracle.json'), 'utf8'));
    assert.deepEqual([evidence.gate, evidence.verdict, evidence.answer], ['oracle', 'passed', 'yes']);
    const again = await pulumi('preview', '--expect-no-changes');
    assert.equal(again.code, 0, again.output);
  });
});
