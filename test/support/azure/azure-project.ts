import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import { engineEnvironment } from '../../../tools/engine/index.ts';
import { azureNativePlugin } from '../../../tools/engine/provider-plugin.ts';
import { projectRoot } from '../../../tools/project.ts';
import { type Ended, runProgram } from '../running-program.ts';
import type { AzureEndpoint } from './azure-endpoint.ts';

const testProgram = join(projectRoot, 'test', 'infra', 'local', 'program.mjs');

/** A Pulumi project of one resource of each type, under the real engine and the stand-in for azure-native's plugin. */
export async function azureProject(folder: string, directory: string, endpoint: AzureEndpoint) {
  const engine = await engineEnvironment(() => {});
  const env = {
    ...engine.env,
    // Put first, the stand-in is taken also where the original is installed.
    PATH: [azureNativePlugin.standIn, engine.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_STACK: 'test',
    ...endpoint.variables,
  };
  await mkdir(join(folder, 'state'));
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, 'Pulumi.yaml'),
    'name: test\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n',
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  await cp(join(import.meta.dirname, 'one-of-each.js'), join(folder, 'index.js'));
  const source = join(folder, 'image');
  await cp(testProgram, join(source, 'program.mjs'));
  const digest = await imageDigest(source);
  await importImage(directory, source, digest);

  const settings: Record<string, unknown> = {
    image: `program@sha256:${digest}`,
    secret: 'planted-7d21',
    private: true,
    suffix: 'first',
    traffic: [{ revisionName: 'api--first', weight: 100 }],
    env: [{ name: 'WS_MODULE', value: join(projectRoot, 'node_modules', 'ws', 'wrapper.mjs') }],
    guids: Object.fromEntries(
      ['pull', 'read', 'starter'].map((name, at) => [name, `00000000-0000-0000-0000-00000000000${at + 1}`]),
    ),
  };
  const pulumi = async (...args: string[]): Promise<Ended> => {
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
    return runProgram(engine.command, [...args, '--non-interactive'], { cwd: folder, env }).ended;
  };
  await pulumi('stack', 'init', 'test', '--secrets-provider', 'passphrase');
  return {
    settings,
    env,
    pulumi,
    up: () => pulumi('up', '--yes', '--skip-preview'),
    outputs: async () => JSON.parse((await pulumi('stack', 'output', '--json', '--show-secrets')).output),
  };
}
