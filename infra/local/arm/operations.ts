import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIfThere, readIfThere, writeAtomic } from '../write-atomic.ts';

/** A long-running operation as it is kept on disk, so that a client can go on asking after the daemon's death. */
export interface Operation {
  readonly id: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed';
  /** The answer to the Location once it succeeded. */
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

const KEPT_MS = 24 * 60 * 60 * 1000;
const ID = /^[0-9a-f-]{36}$/;

/** Begins an operation and runs it in the background; its end is recorded. */
export async function beginOperation(directory: string, work: () => Promise<unknown>): Promise<Operation> {
  const operation: Operation = { id: randomUUID(), status: 'InProgress' };
  await write(directory, operation);
  setImmediate(() => {
    work()
      .then(
        (result): Operation => ({ ...operation, status: 'Succeeded', result }),
        (error: Error & { code?: string }): Operation => ({
          ...operation,
          status: 'Failed',
          error: { code: error.code ?? 'InternalServerError', message: error.message },
        }),
      )
      .then((ended) => write(directory, ended))
      .catch((error: Error) => console.error(`operation ${operation.id} could not be recorded: ${error.message}`));
  });
  return operation;
}

/** The operation, or undefined when there is none of that id. */
export async function readOperation(directory: string, id: string): Promise<Operation | undefined> {
  const text = ID.test(id) ? await readIfThere(join(directory, `${id}.json`)) : undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Operation);
}

/**
 * At the daemon's start: what was in progress has its wanted state on disk, which is being brought about again; and
 * operations that nobody asks about any more are removed.
 */
export async function settleOperations(directory: string): Promise<void> {
  const names = await namesIfThere(directory);
  for (const name of names) {
    const file = join(directory, name);
    if (Date.now() - (await stat(file)).mtimeMs > KEPT_MS || !name.endsWith('.json')) {
      await rm(file, { force: true });
      continue;
    }
    const operation = await readOperation(directory, name.slice(0, -'.json'.length));
    if (operation?.status === 'InProgress') await write(directory, { ...operation, status: 'Succeeded' });
  }
}

async function write(directory: string, operation: Operation): Promise<void> {
  await writeAtomic(join(directory, `${operation.id}.json`), JSON.stringify(operation));
}
