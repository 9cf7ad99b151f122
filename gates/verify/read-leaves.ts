import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { keptSide } from './kept-leaves.ts';
import { leavesRecordSchema, runRecordSchema } from './records.ts';
import type { VerificationRequest } from './verification.ts';

/** What an earlier run kept, from its folder. @throws GateError LEAVES_UNREADABLE where it is not what that run wrote. */
export async function readLeaves(folder: string, runId: string): Promise<VerificationRequest['since']> {
  try {
    const text = await readFile(join(folder, 'leaves.json'), 'utf8');
    const run = runRecordSchema.parse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));
    if (run.leavesSha256 !== sha256(text)) throw new Error('leaves.json is not the one of run.json');
    const { source, target } = leavesRecordSchema.parse(JSON.parse(text));
    return { runId, ...(source && { source: keptSide(source) }), ...(target && { target: keptSide(target) }) };
  } catch (error) {
    throw gateError('LEAVES_UNREADABLE', runId, messageOf(error), 'the folder of a run with its leaves', error);
  }
}
