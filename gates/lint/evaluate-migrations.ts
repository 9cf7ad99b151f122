import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { projectRoot } from '../kernel/project-root.ts';

const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sql'), up: z.string(), transactional: z.boolean() }),
  z.object({ kind: z.literal('unknown'), reason: z.string() }),
]);

/** What a migration program comes to: its SQL, or why that cannot be known. */
export type EvaluatedFile = z.infer<typeof answerSchema>;

const evaluator = fileURLToPath(new URL('./evaluator.ts', import.meta.url));
/** How long one program may take; a migration that waits for something outside of the database is not evaluated. */
const secondsEach = 3;
const startSeconds = 10;

/**
 * Runs migration programs against the tool's own builder, in a process that has no database, no environment, and may
 * neither write files nor start programs. One that hangs or breaks the process costs only itself its evaluation.
 */
export async function evaluateMigrations(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly EvaluatedFile[]> {
  const answers: EvaluatedFile[] = [];
  while (answers.length < paths.length) {
    const before = answers.length;
    const ended = await runEvaluator(paths.slice(before), answers, signal);
    if (answers.length < paths.length) answers.push({ kind: 'unknown', reason: ended });
  }
  return answers;
}

/** Collects answers until the process ends or is too late with the next one; says how it ended. */
function runEvaluator(paths: readonly string[], answers: EvaluatedFile[], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const confined = ['--permission', '--allow-fs-read=*', '--disable-warning=ExperimentalWarning'];
  const mark = `${randomUUID()} `;
  const child = spawn(process.execPath, [...confined, evaluator, mark, ...paths], {
    cwd: projectRoot,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    let late = false;
    let complaint = '';
    const tooLate = () => {
      late = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(tooLate, startSeconds * 1000);
    child.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text}`.slice(-400)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith(mark)) return; // what the migration itself prints
      if (line !== `${mark}ready`) answers.push(answerSchema.parse(JSON.parse(line.slice(mark.length))));
      clearTimeout(timer);
      timer = setTimeout(tooLate, secondsEach * 1000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      const last = complaint.trim().split('\n').at(-1) ?? '';
      resolve(late ? `it did not end within ${secondsEach} s` : `its evaluation ended with code ${code}: ${last}`);
    });
  });
}
