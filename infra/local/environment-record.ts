import { z } from 'zod';
import { EnvironmentError } from './environment-error.ts';
import { readIfThere, writeAtomic } from './write-atomic.ts';

const record = z.object({
  version: z.literal(1),
  /** The daemon that wrote it: `--id=…` in its command line. */
  daemon: z.string(),
  pid: z.number(),
  port: z.number(),
  database: z.object({ host: z.string(), port: z.number(), database: z.string(), tls: z.boolean() }),
  postgresMajor: z.number(),
  /** Set instead of readiness when the daemon could not start. */
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** What the daemon says of itself in `environment.json`; there is no secret in it. */
export type EnvironmentRecord = z.infer<typeof record>;

/** The record, or undefined when no daemon ever wrote one. */
export async function readRecord(file: string): Promise<EnvironmentRecord | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return record.parse(JSON.parse(text));
  } catch (error) {
    throw new EnvironmentError(
      'ENVIRONMENT_RECORD',
      `${file} is not what this version writes; remove it and start the environment again, its data stays`,
      { cause: error },
    );
  }
}

/** Writes the record; readers see all of it or what was there before. */
export async function writeRecord(file: string, written: EnvironmentRecord): Promise<void> {
  await writeAtomic(file, `${JSON.stringify(written, null, 2)}\n`);
}
