import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type EngineSearch, findEngine } from '../../tools/engine/find-engine.ts';
import { isReachable } from '../../tools/engine/reachable.ts';
import { writeEngine, writeGo, writeProgram } from '../support/fake-engine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const version = '3.259.0';
/** Nothing listens on the port of the discard service. */
const closed = 'http://127.0.0.1:9/install.sh';

describe('the search for the engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let said: string[];
  let cached: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    said = [];
    cached = join(folder.path, 'home', 'versions', version, 'bin');
  });
  afterEach(() => folder.remove());

  function search(...path: string[]): EngineSearch {
    const env = { PATH: path.join(':'), PULUMI_HOME: join(folder.path, 'home') };
    return { env, version, downloadUrl: closed, goPlaces: [], say: (line) => said.push(line) };
  }

  it('takes a matching engine on PATH before the one of the launcher', async () => {
    const bin = await writeEngine(join(folder.path, 'bin'), version);
    await writeEngine(cached, version);
    assert.equal(await findEngine(search(bin)), join(bin, 'pulumi'));
    assert.deepEqual(said, [`engine: pulumi ${version} on PATH, ${join(bin, 'pulumi')}`]);
  });

  it('passes over another version on PATH, and says so', async () => {
    const bin = await writeEngine(join(folder.path, 'bin'), '3.258.0');
    await writeEngine(cached, version);
    assert.equal(await findEngine(search(bin)), join(cached, 'pulumi'));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /passed over: \S+\/bin\/pulumi 3\.258\.0/);
  });

  it('takes the second engine on PATH when only that one matches', async () => {
    const first = await writeEngine(join(folder.path, 'first'), '3.258.0');
    const second = await writeEngine(join(folder.path, 'second'), version);
    assert.equal(await findEngine(search(first, second)), join(second, 'pulumi'));
  });

  it('passes over a matching CLI without its language host', async () => {
    const bin = await writeEngine(join(folder.path, 'bin'), version, ['pulumi']);
    await writeEngine(cached, version);
    assert.equal(await findEngine(search(bin)), join(cached, 'pulumi'));
    assert.match(said[0] ?? '', /no Node language host/);
  });

  it('never runs the launcher of the npm package', async () => {
    const trace = join(folder.path, 'ran');
    const shim = join(folder.path, 'node_modules', '.bin');
    const launcher = await writeProgram(
      join(folder.path, 'node_modules', 'pulumi'),
      'run.js',
      `touch '${trace}'; echo v${version}`,
    );
    await mkdir(shim);
    await symlink(launcher, join(shim, 'pulumi'));
    await writeEngine(cached, version);
    assert.equal(await findEngine(search(shim)), join(cached, 'pulumi'));
    assert.equal(existsSync(trace), false);
  });

  for (const [what, spoil] of [
    ['with a part missing', (bin: string) => writeEngine(bin, version, ['pulumi', 'pulumi-language-nodejs'])],
    ['of another version', (bin: string) => writeEngine(bin, '3.1.0')],
    [
      'with a damaged program',
      async (bin: string) => {
        await writeEngine(bin, version);
        await writeFile(join(bin, 'pulumi'), 'half a program');
      },
    ],
  ] as const) {
    it(`does not take an engine ${what} from the launcher's folder, and replaces it`, async () => {
      await spoil(cached);
      const bin = join(folder.path, 'go-bin');
      await writeGo(bin, version, join(folder.path, 'log'));
      assert.equal(await findEngine(search(bin)), join(cached, 'pulumi'));
      assert.match(said.at(-1) ?? '', /built with Go/);
      await findEngine(search());
      assert.match(said.at(-1) ?? '', /launcher's folder/);
    });
  }

  it('builds with Go when the download cannot be reached, both programs from their own modules', async () => {
    const bin = join(folder.path, 'go-bin');
    const log = join(folder.path, 'log');
    await writeGo(bin, version, log);
    await findEngine(search(bin));
    assert.match(said[0] ?? '', /download cannot be reached/);
    const built = (await readFile(log, 'utf8')).trim().split('\n');
    assert.deepEqual(
      built.map((path) => path.split('/').at(-1)),
      ['pulumi-language-nodejs', 'pulumi'],
    );
  });

  it('builds with Go when the download is reached and fails', async () => {
    const server = createServer((_request, answer) => answer.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const bin = join(folder.path, 'go-bin');
    await writeGo(bin, version, join(folder.path, 'log'));
    const wanted = search(bin);
    const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    // The launcher is sent to a proxy that is not there.
    await findEngine({ ...wanted, downloadUrl, env: { ...wanted.env, HTTPS_PROXY: 'http://127.0.0.1:9' } });
    server.close();
    assert.ok(
      said.some((line) => line.includes('the official download failed')),
      said.join('\n'),
    );
    assert.match(said.at(-1) ?? '', /built with Go/);
  });

  it('names the command that mends it when there is no Go', async () => {
    await assert.rejects(findEngine(search()), {
      code: 'GO_MISSING',
      message: /^GO_MISSING: .*Needed: Go 1\.\d+\.\d+ or newer\. Run: \S+/,
    });
  });

  it('names the command that mends it when Go is too old', async () => {
    const bin = join(folder.path, 'go-bin');
    const old =
      'case "$1" in version) echo go version go1.19.8 linux/amd64 ;; *) echo "invalid go version" >&2; exit 1 ;; esac';
    await writeProgram(bin, 'go', old);
    await assert.rejects(findEngine(search(bin)), { code: 'GO_TOO_OLD', message: /Run: \S+.*go1\.19\.8/s });
  });

  it('passes over a Go that is too old when another one will do', async () => {
    const old = await writeProgram(join(folder.path, 'old'), 'go', 'echo "invalid go version" >&2; exit 1');
    const bin = join(folder.path, 'go-bin');
    await writeGo(bin, version, join(folder.path, 'log'));
    assert.equal(await findEngine(search(dirname(old), bin)), join(cached, 'pulumi'));
  });

  it('shows what Go says when it is not its age', async () => {
    const bin = join(folder.path, 'go-bin');
    await writeProgram(bin, 'go', 'echo "-mod=nonsense not supported" >&2; exit 1');
    await assert.rejects(findEngine(search(bin)), { code: 'GO_UNUSABLE', message: /-mod=nonsense not supported/ });
  });

  it('shows what Go said when the build fails, and leaves nothing that is taken for an engine', async () => {
    const bin = join(folder.path, 'go-bin');
    await writeGo(bin, version, join(folder.path, 'log'), 'echo "no space left on device" >&2; exit 1');
    await assert.rejects(findEngine(search(bin)), { code: 'ENGINE_BUILD_FAILED', message: /no space left on device/ });
    assert.equal(existsSync(join(folder.path, 'home', 'versions', version)), false);
  });

  it('takes a server that accepts and never answers for unreachable', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    assert.equal(await isReachable(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {}, 200), false);
    server.closeAllConnections();
    server.close();
  });
});
