import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { azurePromotionProject } from '../../test/support/azure/azure-promotion-project.ts';
import { type Ended, runProgram } from '../../test/support/running-program.ts';
import { engineEnvironment } from '../engine/index.ts';
import { azureNativePlugin } from '../engine/provider-plugin.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 5;

/** As many resources of azure-native, in a program that says nothing else. */
const bareProgram = (count: number) => `
import { resources } from '@pulumi/azure-native';
for (let i = 0; i < ${count}; i += 1) new resources.ResourceGroup(\`bare-\${i}\`, { resourceGroupName: \`bare-\${i}\`, location: 'westeurope' });
`;

/** Program load and preview of the production stack, from nothing, against a bare program with as many resources. */
export async function benchAzurePreview(): Promise<readonly BenchRow[]> {
  const project = await azurePromotionProject();
  try {
    const count = created(await project.pulumi('preview'));
    const bare = await bareProject(count, project.azure.variables);
    try {
      await bare.preview();
      const [ours, other]: [number[], number[]] = [[], []];
      for (let run = 0; run < runs; run += 1) {
        ours.push(await timed(() => project.pulumi('preview')));
        other.push(await timed(bare.preview));
      }
      const ratio = median(ours.map((value, run) => value / (other[run] ?? Number.NaN)));
      const note = `${count} resources each, nothing there yet, the stand-in for the provider; median of ${runs} pairs`;
      const name = 'preview of the production stack ÷ of a bare azure-native program';
      return [{ name, ours: median(ours), other: median(other), ratio, limit: 1.5, unit: 's', note }];
    } finally {
      await bare.remove();
    }
  } finally {
    await project.remove();
  }
}

function created({ code, output }: Ended): number {
  assert.equal(code, 0, output);
  const [, count] = /(\d+) to create/.exec(output) ?? [];
  assert.ok(count, output);
  return Number(count) - 1; // the stack is one of them, and both have it
}

async function timed(run: () => Promise<Ended>): Promise<number> {
  const since = performance.now();
  const { code, output } = await run();
  assert.equal(code, 0, output);
  return (performance.now() - since) / 1000;
}

async function bareProject(count: number, variables: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'bare-'));
  const { command, env } = await engineEnvironment(() => {});
  await writeFile(join(root, 'index.js'), bareProgram(count));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  const yaml = 'name: bare\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n';
  await writeFile(join(root, 'Pulumi.yaml'), yaml);
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const path = [azureNativePlugin.standIn, env.PATH].join(delimiter);
  const own = { ...env, PATH: path, ...variables, PULUMI_BACKEND_URL: `file://${root}`, PULUMI_CONFIG_PASSPHRASE: '' };
  const run = (...args: string[]) => runProgram(command, [...args, '--non-interactive'], { cwd: root, env: own }).ended;
  const made = await run('stack', 'init', 'bare');
  assert.equal(made.code, 0, made.output);
  return {
    preview: () => run('preview', '--stack', 'bare'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
