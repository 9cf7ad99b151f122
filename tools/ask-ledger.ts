import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from '../gates/kernel/addresses.ts';
import type { Accepted } from '../gates/kernel/ledger/accepted.ts';
import type { Hold } from '../gates/kernel/ledger/hold.ts';
import type { LedgerQuestion } from '../gates/kernel/ledger/ledger-provider.ts';
import { call } from '../gates/registry.ts';
import { readEnvironment } from '../infra/local/environment.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import type { StackConfig } from '../stacks/config.ts';
import { localDirectory } from './local-directory.ts';
import { projectRoot } from './project.ts';
import { SetupError } from './setup-error.ts';
import { engineFor } from './stack-engine.ts';

/** Every accepted release of a stack, newest first. */
export async function readAccepted(stack: string, config: StackConfig): Promise<readonly Accepted[]> {
  const { accepted } = await ask(stack, config, { ask: 'accepted' });
  return accepted as readonly Accepted[];
}

/** Lets go of the hold; undefined when there was none. */
export async function letGo(stack: string, config: StackConfig, by: string, reason: string): Promise<Hold | undefined> {
  const { hold } = await ask(stack, config, { ask: 'resume', by, reason });
  return hold as Hold | undefined;
}

/** As gates are asked: in this process, or as an execution of their job where the platform says so. */
async function ask(stack: string, config: StackConfig, question: LedgerQuestion): Promise<Record<string, unknown>> {
  const where = config.platform.kind === 'local' ? await localAddresses(config) : await addressesInState(stack);
  const made = await call('ledger', 'create', [{ ...where, question }]);
  return z.object({ outs: z.record(z.string(), z.unknown()) }).parse(made).outs;
}

interface Addresses {
  readonly platform: PlatformAddress;
  readonly database: DatabaseAddress;
}

async function localAddresses(config: StackConfig): Promise<Addresses> {
  const directory = localDirectory(config);
  const environment = await readEnvironment(directory);
  if (environment !== undefined) return { platform: environment.address, database: environment.database };
  throw new SetupError('ENVIRONMENT_NOT_RUNNING', `found no environment running in ${directory}; start it: npm start`);
}

/** What the estate says of itself: the addresses that its gates are given, and nothing of any release. */
async function addressesInState(stack: string): Promise<Addresses> {
  const { command, env } = await engineFor(['--stack', stack]);
  const options = { cwd: projectRoot, env, maxBuffer: 2 ** 28 };
  // The engine may keep an address as a secret, for what else came out of the same resource.
  const args = ['stack', 'export', '--show-secrets', '--stack', stack];
  const { stdout } = await promisify(execFile)(command, args, options).catch(
    ({ stderr, message }: { stderr?: string; message: string }) => {
      throw new SetupError('STATE_UNREADABLE', `found ${(stderr || message).trim()}; needed the state of ${stack}`);
    },
  );
  return addressesOf(JSON.parse(stdout, revealed), stack);
}

const signature = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

function revealed(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Reflect.get(value, signature) !== secretSignature) return value;
  return JSON.parse(String(Reflect.get(value, 'plaintext')));
}

const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(z.looseObject({ type: z.string() })).default([]),
  }),
});
const rolesSchema = z.object({
  inputs: z.object({ platform: platformAddressSchema }),
  outputs: z.object({ address: databaseAddressSchema }),
});

/** The addresses in an exported state: those of the resource that makes the roles of the gates in the database. */
export function addressesOf(state: unknown, stack: string): Addresses {
  const { resources } = stateSchema.parse(state).deployment;
  const roles = resources.find(({ type }) => type === 'pulumi-nodejs:dynamic/azure:DatabaseRoles');
  const parsed = rolesSchema.safeParse(roles);
  if (parsed.success) return { platform: parsed.data.inputs.platform, database: parsed.data.outputs.address };
  const needed = 'one that was promoted to: npm run pulumi -- up';
  throw new SetupError('STATE_UNREADABLE', `found no database in the state of stack ${stack}; needed ${needed}`);
}
