import type { ClientBase } from 'pg';
import { z } from 'zod';
import { hasLedger } from '../kernel/ledger/schema.ts';

const readEvidence = `
select evidence from sallyport.attempt
where gate = 'cutover-schema' and stack = $1 and verdict = 'passed' order by id desc limit 1`;
const evidenceSchema = z.object({ build: z.string() });

/** The build that gate cutover-schema passed last in a stack, as the ledger has it; undefined when there is none. */
export async function passedBuild(client: ClientBase, stack: string): Promise<string | undefined> {
  if (!(await hasLedger(client))) return undefined;
  const { rows } = await client.query<{ evidence: string }>(readEvidence, [stack]);
  const [last] = rows;
  return last === undefined ? undefined : evidenceSchema.parse(JSON.parse(last.evidence)).build;
}
