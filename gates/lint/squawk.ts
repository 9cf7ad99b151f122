import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { z } from 'zod';
import { gateError, messageOf } from '../kernel/gate-error.ts';

const answerSchema = z.array(
  z.object({
    file: z.string(),
    line: z.number().int(),
    column: z.number().int(),
    rule_name: z.string(),
  }),
);

/** One thing squawk says. Lines and columns count from 0, columns in bytes. */
export type SquawkFinding = z.infer<typeof answerSchema>[number];

/** A file for squawk, and whether the migration tool wraps it in a transaction. */
export interface SquawkFile {
  readonly path: string;
  readonly transactional: boolean;
}

export interface SquawkRun {
  /** Where relative paths begin. */
  readonly directory: string;
  /** A directory for its answers, removed by the caller. */
  readonly scratch: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
}

/** The oldest PostgreSQL that Sallyport runs on: a rule that needs a newer one is not assumed away. */
const oldest = '13.0';
/** Bytes of arguments a process takes on every system we know. */
const argumentBytes = platform === 'win32' ? 24_000 : 500_000;
/** squawk itself uses all cores: a second process pays off only where the arguments do not fit into one. */
const atOnce = 2;

/**
 * Lints files with as few processes as possible; answers by path. The first processes run when the call returns, so that
 * a caller who keeps this one busy does not keep them waiting. @throws GateError LINT_ENGINE_FAILED
 */
export async function runSquawk(
  files: readonly SquawkFile[],
  run: SquawkRun,
): Promise<ReadonlyMap<string, readonly SquawkFinding[]>> {
  const found = new Map<string, SquawkFinding[]>();
  const batches = [true, false].flatMap((transactional) =>
    inBatches(files.filter((file) => file.transactional === transactional).map((file) => file.path)).map((paths) => ({
      paths,
      transactional,
    })),
  );
  if (batches.length === 0) return found;
  // An empty configuration of our own: a .squawk.toml beside the migrations must not switch rules off.
  const config = join(run.scratch, 'squawk.toml');
  writeFileSync(config, '');
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < batches.length; at = next++) {
      const batch = batches[at];
      if (batch === undefined) return;
      for (const finding of await runBatch(batch, config, run)) {
        const list = found.get(finding.file);
        if (list === undefined) found.set(finding.file, [finding]);
        else list.push(finding);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return found;
}

async function runBatch(
  { paths, transactional }: { paths: readonly string[]; transactional: boolean },
  config: string,
  run: SquawkRun,
): Promise<readonly SquawkFinding[]> {
  const options = ['--config', config, '--reporter', 'json', '--pg-version', oldest];
  if (transactional) options.push('--assume-in-transaction');
  if (run.include.length > 0) options.push(`--include=${run.include.join(',')}`);
  if (run.exclude.length > 0) options.push(`--exclude=${run.exclude.join(',')}`);
  // Into a file and not a pipe: nobody reads the pipe while this process parses.
  const answer = join(run.scratch, `answer-${randomUUID()}.json`);
  const output = openSync(answer, 'w');
  try {
    const { code, complaint } = await ended([...options, '--', ...paths], output, run);
    if (code !== 0 && code !== 1) throw failed(`it ended with code ${code}: ${complaint.trim().slice(-300)}`);
  } finally {
    closeSync(output);
  }
  const parsed = answerSchema.safeParse(jsonOf(await readFile(answer, 'utf8')));
  if (!parsed.success) throw failed('an answer that is not its JSON');
  const asked = new Set(paths);
  const other = parsed.data.find(({ file }) => !asked.has(file));
  if (other !== undefined) throw failed(`an answer about ${other.file}, which it was not asked for`);
  return parsed.data;
}

function ended(options: readonly string[], output: number, { directory, signal }: SquawkRun) {
  const child = spawn(squawkBinary(), options, { cwd: directory, stdio: ['ignore', output, 'pipe'], env: {}, signal });
  return new Promise<{ code: number | null; complaint: string }>((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => (complaint = `${complaint}${text}`.slice(-2000)));
    child.once('error', (error) => reject(signal.aborted ? error : failed(messageOf(error))));
    child.once('close', (code) => resolve({ code, complaint }));
  });
}

/** Where npm put squawk's program for this system. */
export function squawkBinary(): string {
  const require = createRequire(import.meta.url);
  const name = `@squawk-cli/${platform}-${arch}/bin/squawk${platform === 'win32' ? '.exe' : ''}`;
  try {
    return createRequire(require.resolve('squawk-cli/package.json')).resolve(name);
  } catch (error) {
    throw failed(`no ${name} (${messageOf(error).split('\n')[0]})`);
  }
}

/** As few batches as the system's bound on arguments allows. */
function inBatches(paths: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const path of paths) {
    const size = Buffer.byteLength(path) + 9; // the terminator and the pointer count too
    if (size > room) {
      batches.push([]);
      room = argumentBytes;
    }
    batches.at(-1)?.push(path);
    room -= size;
  }
  return batches;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '[]' : text);
  } catch {
    return undefined; // the schema then refuses it
  }
}

function failed(found: string) {
  return gateError('LINT_ENGINE_FAILED', 'squawk', found, 'an answer for every migration');
}
