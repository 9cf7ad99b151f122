import { parseArgs } from 'node:util';
import { databaseIn } from '../gates/cutover/sides.ts';
import { openPlatform } from '../gates/kernel/open-platform.ts';
import { makeRoles } from '../infra/azure/make-roles.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run candidate-roles -- --stack <name> [--administrator <name>] [--lock 5s] [--statement 60s]';

// `npm run candidate-roles`: the roles of the identities in a candidate on Azure, with the rights that they have where the
// application is. Idempotent; as the server's Microsoft Entra administrator. Elsewhere `npm run candidate` makes them.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const { administrator, lock, statement } = asked(rest);
  const { plan, platform, database: source } = await readCutoverStack(stack);
  const { users } = source;
  if (platform.kind !== 'azure' || users === undefined) {
    const needed = 'a stack whose platform.kind is azure; on this machine npm run candidate makes roles too';
    throw new SetupError('NOT_ON_AZURE', `found stack ${stack} on the ${platform.kind} platform; needed ${needed}`);
  }
  const { host, port, database, tls } = databaseIn(plan.target.direct);
  await makeRoles(await openPlatform(platform), {
    database: { host, port, database, tls },
    administrator: administrator ?? users.gates,
    users,
    timeouts: { lock, statement },
  });
  console.log(`candidate-roles: ${Object.values(users).join(', ')} have their rights in ${plan.target.at}`);
  return 0;
});

function asked(args: readonly string[]) {
  const duration = /^\d+(ms|s|min)$/;
  try {
    const { administrator, lock, statement } = parseArgs({
      args: [...args],
      options: {
        administrator: { type: 'string' },
        lock: { type: 'string', default: '5s' },
        statement: { type: 'string', default: '60s' },
      },
    }).values;
    if (duration.test(lock) && duration.test(statement)) return { administrator, lock, statement };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `--lock and --statement take a duration such as 5s or 2min; use: ${usage}`);
}
