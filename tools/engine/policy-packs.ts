import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { isExecutable } from './engine-folder.ts';
import type { Engine } from './index.ts';

/** The folder of the program that runs packs for an engine built with Go. */
const runner = join(import.meta.dirname, 'policy');

/** The runtime that the engine finds that program by. */
const runtime = 'sallyport';

/** Node's language host can start a policy pack since its module left this path, which is in every build of it. */
const olderHost = 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs';

/**
 * Makes `--policy-pack` work with an engine built with Go, whose language host is older than packs (see buildEngine):
 * each pack for Node is reached by a folder of three files that names another runtime. Other engines, packs and
 * arguments are left as they are.
 * @param folder where those folders are put; below a `node_modules` that has the SDK.
 */
export async function withPolicyPacks(engine: Engine, args: readonly string[], folder: string) {
  const packs = packsIn(args);
  if (packs.length === 0 || !(await hasOlderHost(engine))) return { engine, args };
  const changed = [...args];
  for (const { index, prefix, path } of packs) {
    const reached = await reach(path, join(folder, String(index)));
    changed[index] = `${prefix}${reached}`;
  }
  const env = { ...engine.env, PATH: [runner, engine.env.PATH].join(delimiter) };
  return { engine: { ...engine, env }, args: changed };
}

function packsIn(args: readonly string[]) {
  return args.flatMap((argument, index) => {
    const [, prefix, path] = /^(--policy-pack=)(.+)$/.exec(argument) ?? [];
    if (prefix !== undefined && path !== undefined) return [{ index, prefix, path }];
    return args[index - 1] === '--policy-pack' ? [{ index, prefix: '', path: argument }] : [];
  });
}

async function hasOlderHost({ env }: Engine): Promise<boolean> {
  for (const place of (env.PATH ?? '').split(delimiter)) {
    const host = join(place, 'pulumi-language-nodejs');
    if (await isExecutable(host)) return (await readFile(host)).includes(olderHost);
  }
  return false;
}

/** Gives the folder that reaches a pack; the pack itself when it is not for Node. */
async function reach(path: string, folder: string): Promise<string> {
  const pack = resolve(path);
  const project = parse(await readFile(join(pack, 'PulumiPolicy.yaml'), 'utf8'));
  if ((project.runtime?.name ?? project.runtime) !== 'nodejs') return path;
  const manifest = JSON.parse(await readFile(join(pack, 'package.json'), 'utf8'));
  const main = relative(folder, join(pack, project.main ?? manifest.main ?? 'index.js'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'PulumiPolicy.yaml'), `runtime: ${runtime}\n`);
  const { name, version } = manifest;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, type: 'module', main: 'index.js' }));
  await writeFile(join(folder, 'index.js'), `import ${JSON.stringify(main)};\n`);
  return folder;
}
