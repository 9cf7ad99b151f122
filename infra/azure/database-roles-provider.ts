import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { digestOf } from '../../gates/kernel/digest.ts';
import { findingsOf } from '../../gates/kernel/gate-error.ts';
import { nameError } from '../../gates/kernel/name-error.ts';
import { openPlatform } from '../../gates/kernel/open-platform.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { redact } from '../../gates/kernel/redact.ts';
import { reply } from '../../gates/kernel/reply.ts';
import { hasUnknown } from '../../gates/kernel/unknown.ts';
import { findingLine } from '../../gates/kernel/verdict.ts';
import { connectAsAdministrator, makeRoles } from './make-roles.ts';
import { ddlRights, missingRights } from './role-facts.ts';

const inputsSchema = z.object({
  platform: platformAddressSchema,
  database: databaseAddressSchema,
  administrator: z.string(),
  users: z.strictObject({ gates: z.string(), migrator: z.string(), app: z.string() }),
  timeouts: z.strictObject({ lock: z.string(), statement: z.string() }),
});

type Inputs = z.infer<typeof inputsSchema>;
type Properties = Record<string, unknown>;

/** The roles of a release inside a flexible server, under the names of the identities. They stay when the resource goes. */
export const databaseRolesProvider: ResourceProvider = {
  check: async (olds, news) => {
    const { drift: _past, ...asked } = news;
    if (hasUnknown(asked)) return { inputs: asked, failures: [] };
    try {
      const inputs = inputsSchema.parse(asked);
      // What is to be made for the first time, or otherwise than before, has not drifted.
      const drift = declaredBy(olds) === declaredBy(asked) ? await driftOf(inputs) : undefined;
      return { inputs: drift === undefined ? asked : { ...asked, drift }, failures: [] };
    } catch (error) {
      const findings = findingsOf(nameError(error, 'database roles'), 'database roles');
      return { inputs: asked, failures: findings.map((one) => ({ property: '', reason: redact(findingLine(one)) })) };
    }
  },
  diff: async (_id, olds, news) => ({
    changes: news.drift !== undefined || hasUnknown(news) || olds.declared !== declaredBy(news),
  }),
  create: async (news) => ({ id: inputsSchema.parse(news).database.database, outs: await make(news) }),
  update: async (_id, _olds, news) => ({ outs: await make(news) }),
};

async function make(news: Properties): Promise<Properties> {
  const inputs = inputsSchema.parse(news);
  await makeRoles(await openPlatform(inputs.platform), inputs);
  const address = { ...inputs.database, users: inputs.users };
  return reply({ address, declared: declaredBy(news) });
}

/** Somebody took a right away, or gave the app one too many. */
async function driftOf(inputs: Inputs): Promise<string | undefined> {
  const { users, timeouts, database } = inputs;
  const client = await connectAsAdministrator(await openPlatform(inputs.platform), inputs, database.database);
  try {
    const missing = await missingRights(client, users, timeouts);
    if (missing.length > 0) return missing.join('; ');
    const rights = await ddlRights(client, users.app);
    return rights.length === 0 ? undefined : `"${users.app}" has ${rights.join('; ')}`;
  } finally {
    await client.end();
  }
}

function declaredBy(properties: Properties): string | undefined {
  const parsed = inputsSchema.safeParse(properties);
  return parsed.success ? digestOf(parsed.data) : undefined;
}
