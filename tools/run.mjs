// Runs a tool of this project with the project's own Node, after installing what is missing.
// Plain JavaScript for Node >= 20 with nothing installed: `node tools/run.mjs tools/start.ts`, `node tools/run.mjs tsc`.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';
import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

async function install() {
  if (isInstalled(root)) return;
  await withLock(
    join(root, '.sallyport', 'install.lock'),
    () => console.error('setup: waiting for another installation in this folder'),
    async () => {
      if (isInstalled(root)) return;
      console.error('setup: installing packages with npm ci');
      await npmCi();
      if (isInstalled(root)) return;
      fail(
        'PACKAGES_INCOMPLETE',
        'npm ci ended well, but node_modules/.bin/node is missing or packages differ from package-lock.json. ' +
          'When npm is set to ignore install scripts, run: npm ci --ignore-scripts=false',
      );
    },
  );
}

/** npm ci under the machine's Node: the project's own would be deleted under its feet. Output is shown on failure only. */
async function npmCi() {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => entry !== bin)
    .join(delimiter);
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += `${error.message}\n`;
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
  if (code === 0) return;
  process.stderr.write(output);
  fail('PACKAGES_NOT_INSTALLED', 'npm ci failed, see above. When that is mended, run the same command again.');
}

function execute([tool, ...args]) {
  const [command, commandArgs] = tool.endsWith('.ts') ? [join(bin, 'node'), [tool, ...args]] : [join(bin, tool), args];
  const child = spawn(command, commandArgs, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the whole group: sending it on would make it two, and the second means "at once" to Pulumi.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('error', (error) => fail('TOOL_NOT_STARTED', `${tool}: ${error.message}`));
  child.on('close', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(code, message) {
  console.error(`${code}: ${message}`);
  process.exit(1);
}

const [tool] = process.argv.slice(2);
if (tool === undefined) fail('TOOL_NOT_NAMED', 'usage: node tools/run.mjs <tool> [arguments]');
await install();
execute(process.argv.slice(2));
