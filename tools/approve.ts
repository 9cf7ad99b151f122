import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { planDigest } from '../gates/cutover/plan.ts';
import { databaseIn } from '../gates/cutover/sides.ts';
import { databaseUrl } from '../gates/kernel/database-url.ts';
import { sha256 } from '../gates/kernel/digest.ts';
import { messageOf } from '../gates/kernel/gate-error.ts';
import { writeApproval } from '../gates/kernel/ledger/approval.ts';
import { redact } from '../gates/kernel/redact.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run approve -- <root, or SHA-256 of a staging pair\'s rehearsal> --note "<what was looked at>"';
const reviewerVariable = 'CUTOVER_REVIEWER_URL';

// `npm run approve -- <digest>`: the reviewer approves the candidate with this root, or the file with the rehearsal of another
// stack, under the plan as it is in this checkout.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const { root, note } = asked(rest);
  const { plan, release, config } = await readCutoverStack(stack);
  const digest = planDigest(plan, release);
  const { byRole, at } = await approve(plan.id, { root, plan: digest, note });
  const rehearsed = await rehearsalOf(config.cutover.rehearsal.evidence, root);
  console.log(`approve: ${rehearsed ?? 'root'} ${root}`);
  console.log(`approve: plan ${digest} of cutover ${plan.id}: ${plan.strategy}, ${plan.source.at} → ${plan.target.at}`);
  console.log(`approve: on record as ${byRole}, ${at}`);
  if (byRole !== plan.reviewer) console.log(`approve: it will not count: the plan's reviewer is ${plan.reviewer}`);
  return byRole === plan.reviewer ? 0 : 1;
});

/** How a rehearsal is called whose file, named by the configuration and in this checkout, has this digest. */
async function rehearsalOf(file: string | undefined, digest: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  // Whoever approves a root needs no such file.
  const text = await readFile(resolve(projectRoot, file), 'utf8').catch(() => '');
  return sha256(text) === digest ? `rehearsal in ${file},` : undefined;
}

/** As the reviewer's own role, so that the server itself says who it was. */
async function approve(cutover: string, what: { root: string; plan: string; note: string }) {
  const target = databaseIn(reviewerVariable);
  const client = new pg.Client({ connectionString: databaseUrl(target), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`select set_config('default_transaction_read_only', 'off', false)`);
    return await writeApproval(client, cutover, what);
  } catch (error) {
    const needed = `a session of the reviewer on the source, whose ledger takes approvals once the candidate is verified`;
    throw new SetupError('APPROVAL_NOT_WRITTEN', `found ${redact(messageOf(error))}; needed ${needed}`);
  } finally {
    await client.end();
  }
}

function asked(args: readonly string[]): { root: string; note: string } {
  try {
    const options = { note: { type: 'string', default: '' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [root = '', ...more] = positionals;
    if (/^[0-9a-f]{64}$/.test(root) && more.length === 0) return { root, note: values.note };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError(
    'ARGUMENTS',
    `a digest has 64 hex digits, as cutover-verify and rehearse-rollback print it; use: ${usage}`,
  );
}
