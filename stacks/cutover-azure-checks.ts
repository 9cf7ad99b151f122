import { subscriptionIn } from '../infra/azure/arm-id.ts';
import { placeholdersIn } from './azure-placeholders.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';
import type { CutoverConfig } from './cutover-config.ts';

/** What the schema alone cannot say of a cutover on Azure. */
export function cutoverAzureChecks(config: CutoverConfig): readonly ConfigProblem[] {
  const { platform, migrations, cutover } = config;
  if (platform.kind !== 'azure') return [];
  const { gates, users, subscription, endpoint } = platform;
  const problems: ConfigProblem[] = [];
  if (gates.runner === 'job') {
    const needed = 'in-process: the URLs of both sides are in the environment of the engine';
    problems.push(problemAt(['platform', 'gates', 'runner'], 'job', needed));
  }
  for (const key of ['environment', 'server'] as const) {
    const found = subscriptionIn(platform[key]);
    if (found === subscription.toLowerCase()) continue;
    problems.push(problemAt(['platform', key], `subscription ${found}`, `one of ${subscription}`));
  }
  if (new Set(Object.values(users)).size < 3) {
    problems.push(problemAt(['platform', 'users'], 'one name twice', 'a name of its own for each'));
  }
  if (cutover.job !== undefined && platform.workers === undefined) {
    const needed = 'location, registry, identity and urls: what the job of cutover.job is declared with';
    problems.push(problemAt(['platform', 'workers'], 'nothing', needed));
  }
  // Its sessions would go on writing to the source after the freeze.
  if (!cutover.freeze.roles.includes(users.app)) {
    const needed = `${users.app} among them: the role by which the apps write`;
    problems.push(problemAt(['cutover', 'freeze', 'roles'], cutover.freeze.roles.join(', '), needed));
  }
  return endpoint !== undefined
    ? problems
    : [
        ...problems,
        ...placeholdersIn(platform, ['platform']),
        ...placeholdersIn(migrations.image, ['migrations', 'image']),
        ...placeholdersIn(cutover.job?.image, ['cutover', 'job', 'image']),
      ];
}
