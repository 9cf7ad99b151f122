import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { declaredProvider } from '../../gates/kernel/declared-provider.ts';
import { openPlatform } from '../../gates/kernel/open-platform.ts';
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

/** The roles of a release inside a flexible server, under the names of the identities. They stay when the resource goes. */
export const databaseRolesProvider = declaredProvider<Inputs>({
  name: 'database roles',
  inputs: inputsSchema,
  id: ({ database }) => database.database,
  wanted: (inputs) => inputs,
  drift: driftOf,
  declare: async (inputs) => {
    await makeRoles(await openPlatform(inputs.platform), inputs);
    return { address: { ...inputs.database, users: inputs.users } };
  },
});

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
