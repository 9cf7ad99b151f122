import type { Client } from 'pg';
import type { Platform } from '../../infra/platform.ts';
import { configuredSecret } from './configuration.ts';
import { connect } from './database.ts';
import type { GateInputs } from './gate.ts';
import { GateError, gateError, messageOf } from './gate-error.ts';
import type { Attempt } from './ledger/attempt.ts';
import { openPlatform } from './open-platform.ts';
import { type Progress, progressOf } from './progress.ts';

/** What a gate sees of the world. Everything is opened when it is first asked for, and closed by the kernel. */
export interface World {
  readonly now: () => Date;
  readonly say: Progress;
  /** Fires at the gate's deadline and on an interrupt. */
  readonly signal: AbortSignal;
  /** The attempt, while the gate acts; undefined in `check`, which is read-only. */
  readonly attempt: Attempt | undefined;
  /** Whether the gate is to run (in this update, or in the one that is previewed) and not only looked at. */
  readonly pending: boolean;
  platform(): Promise<Platform>;
  /** A session as role `gates`. */
  database(): Promise<Client>;
  /** A secret of the stack's configuration; undefined when it is not set. */
  secret(name: string): string | undefined;
}

/** A world and the end of it. */
export interface OpenWorld {
  readonly world: World;
  close(): Promise<void>;
}

/** Opens the world of one gate. */
export function openWorld(
  gate: string,
  inputs: Partial<GateInputs>,
  context: { signal: AbortSignal; attempt: Attempt | undefined; pending: boolean },
): OpenWorld {
  let platform: Promise<Platform> | undefined;
  let client: Promise<Client> | undefined;
  const world: World = {
    ...context,
    now: () => new Date(),
    say: progressOf(gate),
    secret: configuredSecret,
    platform: () => (platform ??= open(inputs)),
    database: () => (client ??= openDatabase(gate, inputs, world, () => (client = undefined))),
  };
  const close = async () => {
    const opened = await client?.catch(() => undefined); // it never opened: who asked for it has been told
    await opened?.end();
  };
  return { world, close };
}

async function open(inputs: Partial<GateInputs>): Promise<Platform> {
  if (inputs.platform === undefined) throw gateError('PLATFORM_UNREACHABLE', 'platform', 'no address', 'its address');
  try {
    return await openPlatform(inputs.platform);
  } catch (error) {
    if (error instanceof GateError) throw error;
    const found = messageOf(error);
    throw gateError('PLATFORM_UNREACHABLE', inputs.platform.environmentId, found, 'a platform that answers', error);
  }
}

/** A session that the server ended is forgotten, so that the next question opens a new one. */
async function openDatabase(
  gate: string,
  inputs: Partial<GateInputs>,
  world: World,
  forget: () => void,
): Promise<Client> {
  if (inputs.database === undefined) throw gateError('DATABASE_UNREACHABLE', 'database', 'no address', 'its address');
  try {
    const client = await connect(
      await world.platform(),
      inputs.database,
      'gates',
      `sallyport ${gate} ${inputs.stack ?? ''}`,
    );
    client.once('end', forget);
    return client;
  } catch (error) {
    forget();
    throw error;
  }
}
