import { type ChildProcess, spawn } from 'node:child_process';
import { projectRoot } from './project.ts';

/** What one lane's program printed, and its exit code. */
interface Ended {
  readonly printed: string;
  readonly code: number;
}

/** Tests that ran. */
interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs lanes of tests side by side: most of a test is waiting for engines, servers and processes. The first lane's lines are
 * seen as they come, the others' when they have ended. Ends with one line for all: `N passed, N failed`. Gives the exit code.
 */
export async function runLanes(command: string, lanes: readonly (readonly string[])[]): Promise<number> {
  const children = lanes.map((args) => spawn(command, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] }));
  // A terminal sends Ctrl-C to the lanes as well: this process waits for what they make of it.
  const interrupt = () => process.stdin.isTTY || signal(children, 'SIGINT');
  const terminate = () => signal(children, 'SIGTERM');
  process.on('SIGINT', interrupt).on('SIGTERM', terminate);
  try {
    const ended = await Promise.all(children.map((child, index) => follow(child, index === 0)));
    for (const { printed } of ended.slice(1)) process.stdout.write(printed);
    // What failed is told last, whichever lane it was in.
    for (const { printed } of ended.slice(0, -1))
      process.stdout.write(/^ +\d+ failing$[\s\S]*/m.exec(printed)?.[0] ?? '');
    const counts = ended.map(countOf);
    const sum = (of: keyof Count) => counts.reduce((all, count) => all + count[of], 0);
    console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate);
  }
}

function signal(children: readonly ChildProcess[], name: NodeJS.Signals): void {
  for (const child of children) child.kill(name);
}

function follow(child: ChildProcess, live: boolean): Promise<Ended> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (live) process.stdout.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ printed, code: code ?? 1 }));
  });
}

/** A lane that did not come to its own count, or failed without one that failed, is one that failed. */
function countOf({ printed, code }: Ended): Count {
  const [, passed, failed] = [...printed.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  const count = { passed: Number(passed ?? 0), failed: Number(failed ?? 1) };
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}
