import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../kernel/digest.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Members of an evidence's body by which the records of its run are chained with it. */
export const recordDigestsShape = {
  runSha256: hash
    .nullable()
    .optional()
    .describe('of run.json, which names leaves.json by its own; evidence without it is of an earlier version'),
  scanSha256: hash.nullable().optional().describe('of scan.json'),
};

/** SHA-256 of the files of a run's folder. */
export interface RecordDigests {
  readonly runSha256: string;
  readonly scanSha256: string;
}

/** Where no run came to write any. */
export const noRecords = { runSha256: null, scanSha256: null } as const;

/** Of the bytes that are there, read back as soon as they are written. */
export async function recordDigests(folder: string): Promise<RecordDigests> {
  const of = async (name: string) => sha256(await readFile(join(folder, name)));
  return { runSha256: await of('run.json'), scanSha256: await of('scan.json') };
}
