import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../gates/kernel/gate-error.ts';
import { type BenchRow, median } from './bench-row.ts';
import { bothSides, timed } from './verify-server.ts';

const exec = promisify(execFile);
const runs = 3;
const name = 'verify: content of both sides ÷ reladiff';

/**
 * The comparison of two equal databases, against reladiff's of the same tables (table → its key): one after the other, as it
 * takes one, and both sides at once. Where Python or its packages cannot be had, the row says so and has no ratio.
 */
export async function benchReladiff(
  sides: { readonly source: string; readonly target: string },
  keys: Readonly<Record<string, string>>,
  folder: string,
): Promise<BenchRow> {
  const [ours, other]: [number[], number[]] = [[], []];
  const reladiff = await installed(folder).catch((error: unknown) => error as Error);
  for (let run = 0; run <= runs; run += 1) {
    const elapsed = await timed(() => bothSides(sides));
    if (run > 0) ours.push(elapsed); // the first finds nothing in any cache
    if (reladiff instanceof Error) continue;
    const compared = await timed(async () => {
      for (const [table, key] of Object.entries(keys)) await compare(reladiff, sides, table, key);
    });
    if (run > 0) other.push(compared);
  }
  const figures = { name, ours: median(ours), unit: 'ms' };
  if (reladiff instanceof Error) {
    return { ...figures, note: `reladiff was not there: ${messageOf(reladiff).split('\n')[0]}` };
  }
  const ratio = median(ours) / median(other);
  return {
    ...figures,
    other: median(other),
    ratio,
    limit: 0.2,
    note: `the tables above, reladiff as it is by default; median of ${runs}`,
  };
}

/** Gives the program, in an environment of its own. */
async function installed(folder: string): Promise<string> {
  const environment = join(folder, 'python');
  await exec('python3', ['-m', 'venv', environment], { timeout: 60_000 });
  const requirements = join(import.meta.dirname, 'reladiff', 'requirements.txt');
  await exec(join(environment, 'bin/pip'), ['install', '-q', '-r', requirements], { timeout: 300_000 });
  return join(environment, 'bin/reladiff');
}

async function compare(
  program: string,
  { source, target }: { readonly source: string; readonly target: string },
  table: string,
  key: string,
): Promise<void> {
  const [one, other] = [source, target].map((url) => url.replace(/^postgres:/, 'postgresql:')); // it knows no other scheme
  const args = [String(one), table, String(other), table, '-k', key, '-c', '%', '--stats'];
  const { stdout, stderr } = await exec(program, args, { timeout: 600_000 });
  if (!stdout.includes('0.00% difference score')) throw new Error(`reladiff of ${table}: ${stdout || stderr}`);
}
