import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PromotionProject } from '../../test/support/promotion-project.ts';
import { runProgram } from '../../test/support/running-program.ts';
import { engineEnvironment } from '../engine/index.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 7;

interface Counts {
  readonly plain: number;
  readonly commands: number;
}

/** As many resources that look at nothing, dynamic ones and commands, in a program that loads the same packages. */
const plainProgram = ({ plain, commands }: Counts) => `
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
const provider = {
  check: async (olds, news) => ({ inputs: news, failures: [] }),
  diff: async () => ({ changes: false }),
  create: async (inputs) => ({ id: 'plain', outs: inputs }),
};
class Plain extends pulumi.dynamic.Resource {}
for (let i = 0; i < ${plain}; i += 1) new Plain(provider, \`plain-\${i}\`, { i });
for (let i = 0; i < ${commands}; i += 1) new command.local.Command(\`command-\${i}\`, { create: 'true' });
`;

/** A no-op `up` of the promotion against one of a program with as many plain resources, by turns. */
export async function benchNoOp(project: PromotionProject): Promise<readonly BenchRow[]> {
  const exported = await project.pulumi('stack', 'export');
  const resources = JSON.parse(exported.output).deployment.resources as { custom: boolean; type: string }[];
  const own = resources.filter((each) => each.custom && !each.type.startsWith('pulumi:providers'));
  const commands = own.filter((each) => each.type.startsWith('command:')).length;
  const plain = await plainProject({ plain: own.length - commands, commands });
  try {
    await plain.up();
    await timed(() => project.up());
    const ours: number[] = [];
    const other: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      ours.push(await timed(() => project.up()));
      other.push(await timed(() => plain.up()));
    }
    const figures = { ours: median(ours), other: median(other) };
    const ratio = median(ours.map((value, run) => value / (other[run] ?? Number.NaN)));
    const note = `${own.length} resources each, ${commands} of them commands, median of ${runs} pairs`;
    return [{ name: 'no-op up ÷ no-op up of plain resources', ...figures, ratio, limit: 1.3, unit: 's', note }];
  } finally {
    await plain.remove();
  }
}

async function timed(run: () => Promise<{ code: number | null; output: string }>): Promise<number> {
  const since = performance.now();
  const ended = await run();
  assert.equal(ended.code, 0, ended.output);
  assert.match(ended.output, /\d+ unchanged/);
  return (performance.now() - since) / 1000;
}

async function plainProject(counts: Counts) {
  const root = await mkdtemp(join(tmpdir(), 'plain-'));
  const { command, env } = await engineEnvironment(() => {});
  await writeFile(join(root, 'index.ts'), plainProgram(counts));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  const yaml = 'name: plain\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n';
  await writeFile(join(root, 'Pulumi.yaml'), yaml);
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const own = { ...env, PULUMI_BACKEND_URL: `file://${root}`, PULUMI_CONFIG_PASSPHRASE: '' };
  const run = (...args: string[]) => runProgram(command, [...args, '--non-interactive'], { cwd: root, env: own }).ended;
  const made = await run('stack', 'init', 'plain');
  assert.equal(made.code, 0, made.output);
  return {
    up: () => run('up', '--yes', '--skip-preview', '--stack', 'plain'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
