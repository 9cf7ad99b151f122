import { z } from 'zod';
import { addressLine } from '../../gates/cutover/steps/pointed.ts';
import { messageOf } from '../../gates/kernel/gate-error.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { reply } from '../../gates/kernel/reply.ts';
import type { DatabaseAddress } from '../platform.ts';
import { ensureEnvironment, readEnvironment, stopEnvironment } from './environment.ts';
import { pointedDatabase, pointedEnvironment } from './pointer.ts';
import { bootstrapSchema, keepBootstrap, runBootstrap } from './postgres/bootstrap-sql.ts';
import { ensureSecret } from './secrets.ts';

const inputsSchema = z.object({
  directory: z.string(),
  postgres: z.number().int().optional(),
  /** Secrets that services ask for; the local platform makes up those it does not have. */
  secrets: z.array(z.string()),
  bootstrap: bootstrapSchema.default([]),
});

type Properties = Record<string, unknown>;

/** The local environment as a resource: `up` starts it when it does not run, `destroy` stops it and keeps its data. */
export const environmentProvider: ResourceProvider = {
  check: async (_olds, news) => {
    const { drift: _past, pointed: _before, ...asked } = news;
    const parsed = inputsSchema.safeParse(asked);
    if (!parsed.success) {
      return { inputs: asked, failures: [{ property: '', reason: parsed.error.message }] };
    }
    try {
      const running = await readEnvironment(parsed.data.directory);
      const found = running === undefined ? { drift: 'not running' } : { pointed: addressLine(running.database) };
      return { inputs: { ...asked, ...found }, failures: [] };
    } catch (error) {
      return { inputs: asked, failures: [{ property: '', reason: messageOf(error) }] };
    }
  },
  diff: async (_id, olds, news) => ({
    changes:
      news.drift !== undefined ||
      // A cutover gave the application another database, or took it back.
      (news.pointed !== undefined && news.pointed !== addressLine(olds.database as DatabaseAddress)) ||
      JSON.stringify(settings(olds)) !== JSON.stringify(settings(news)),
  }),
  create: async (inputs) => ({ id: 'local', outs: await start(inputs) }),
  update: async (_id, _olds, news) => ({ outs: await start(news) }),
  delete: async (_id, properties) => stopEnvironment(inputsSchema.parse(properties).directory),
};

async function start(inputs: Properties): Promise<Properties> {
  const { directory, postgres, secrets, bootstrap } = inputsSchema.parse(inputs);
  const { address, database } = await ensureEnvironment(
    directory,
    postgres === undefined ? {} : { postgresMajor: postgres },
  );
  for (const secret of secrets) await ensureSecret(directory, secret);
  await keepBootstrap(directory, bootstrap);
  const other = await pointedEnvironment(directory);
  if (other !== undefined) await keepBootstrap(other, bootstrap);
  // What the application was pointed to has its tables, and may be on a server that is none of ours.
  if ((await pointedDatabase(directory)) === undefined) await runBootstrap(directory, database.port);
  return reply({ directory, postgres, secrets, bootstrap, platform: { ...address }, database: { ...database } });
}

function settings({ directory, postgres, secrets, bootstrap = [] }: Properties) {
  return { directory, postgres, secrets, bootstrap };
}
