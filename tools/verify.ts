import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DatabaseTarget, databaseTarget } from '../gates/kernel/database-url.ts';
import { GateError } from '../gates/kernel/gate-error.ts';
import { progressOf, seconds } from '../gates/kernel/progress.ts';
import { redact } from '../gates/kernel/redact.ts';
import { findingLine, verdictOf } from '../gates/kernel/verdict.ts';
import { readInvariants } from '../gates/verify/checks/invariants.ts';
import { readLeaves } from '../gates/verify/read-leaves.ts';
import { runVerification } from '../gates/verify/run-verification.ts';
import type { VerificationRequest } from '../gates/verify/verification.ts';
import { writeRecords } from '../gates/verify/write-records.ts';
import { loadCutoverEnv } from './cutover-env.ts';
import { projectRoot } from './project.ts';
import { readCutover } from './read-cutover.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage =
  'npm run verify -- [--config cutover.yaml] [--workers <n>] [--processes <n>] [--expect <root>] [--since <run id>] [--target-only]';
const progress = progressOf('verify');

// `npm run verify`: is the candidate what the source is, row by row, and fit to serve. Reads only, on both sides.
await runTool(async () => {
  const since = performance.now();
  const startedAt = Date.now();
  const { request, artifacts } = await asked();
  const verification = await runVerification(request);
  const { findings, source, target } = verification;
  const folder = join(artifacts, request.runId);
  await writeRecords(resolve(projectRoot, folder), request, verification, { startedAt, finishedAt: Date.now() });
  for (const finding of findings) progress(findingLine(finding));
  for (const [name, side] of Object.entries({ source, target })) {
    const { modules, database } = side?.digest?.roots ?? { modules: {}, database: undefined };
    for (const [module, { root }] of Object.entries(modules)) progress(`${name} module ${module} ${root}`);
    if (database !== undefined) progress(`${name} database ${database}`);
  }
  const verdict = verdictOf(findings);
  const rows = target?.digest?.tables.reduce((all, table) => all + table.rows, 0n);
  progress(`${verdict}, ${rows ?? 'no'} rows, ${findings.length} findings; ${folder} (${seconds(since)})`);
  return verdict === 'passed' ? 0 : 1;
});

async function asked(): Promise<{ request: VerificationRequest; artifacts: string }> {
  const { config, workers, processes, expect, since, 'target-only': targetOnly } = options();
  loadCutoverEnv();
  const { source, target, verify, artifacts } = await readCutover(config);
  const directory = verify.invariants?.directory;
  const request = {
    runId: `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    settings: { ...verify, workers: workers ?? verify.workers, processes: processes ?? verify.processes },
    invariants: directory === undefined ? [] : await readInvariants(resolve(projectRoot, directory)),
    source: targetOnly ? undefined : databaseAt(source),
    target: databaseAt(target),
    expected: expect,
    since: since === undefined ? undefined : await readLeaves(resolve(projectRoot, artifacts, since), since),
    progress,
  };
  return { request, artifacts };
}

/** The database whose URL is in this variable. */
function databaseAt(variable: string): DatabaseTarget {
  const needed = 'needed there: a URL postgres://user:password@host:port/database, as in cutover.env.example';
  const url = process.env[variable];
  if (url === undefined || url === '') throw new SetupError('VARIABLE_NOT_SET', `${variable} is not set; ${needed}`);
  try {
    return databaseTarget({ DATABASE_URL: url }, variable);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const found = error.findings.map((finding) => finding.found).join(', ');
    throw new SetupError('DATABASE_URL_INVALID', `${variable}: found ${found}; ${needed}`);
  }
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: 'cutover.yaml' },
        workers: { type: 'string' },
        processes: { type: 'string' },
        expect: { type: 'string' },
        since: { type: 'string' },
        'target-only': { type: 'boolean', default: false },
      },
    });
    const [workers, processes] = [values.workers, values.processes].map((text) =>
      text === undefined ? undefined : Number(text),
    );
    const wrong = !isCount(workers, 1)
      ? '--workers takes 1 to 64'
      : !isCount(processes, 0)
        ? '--processes takes 0 to 64'
        : values.expect !== undefined && !/^[0-9a-f]{64}$/.test(values.expect)
          ? '--expect takes a root, 64 hex digits'
          : values.since !== undefined && !/^[0-9TZa-f-]+$/.test(values.since)
            ? '--since takes the id of a run'
            : undefined;
    if (wrong === undefined) return { ...values, workers, processes };
    throw new SetupError('ARGUMENTS', `${wrong}; use: ${usage}`);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      'ARGUMENTS',
      `${redact(error instanceof Error ? error.message : String(error))}; use: ${usage}`,
    );
  }
}

function isCount(count: number | undefined, least: number): boolean {
  return count === undefined || (Number.isInteger(count) && count >= least && count <= 64);
}
