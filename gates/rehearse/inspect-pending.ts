import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { imageDirectory } from '../../infra/local/images.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { receiptOf } from '../kernel/gate.ts';
import { gateError } from '../kernel/gate-error.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import type { MigrationFile } from '../kernel/release.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { bootstrapOf } from './bootstrap.ts';
import type { RehearseFacts, RehearseInputs } from './facts.ts';
import { irreversibleReason, textsOf } from './irreversible.ts';
import { classOfText } from './migration-class.ts';
import { tableSizes } from './production.ts';
import { rehearse as runRehearsal } from './rehearsal.ts';
import { lintHazards, ruleAndTrace } from './rule-and-trace.ts';
import { givenServer } from './shadow/given-server.ts';
import { ownServer } from './shadow/own-server.ts';

const majorOf = `select current_setting('server_version_num')::int / 10000 as major`;
/** The secret of the configuration that names a server for the shadow. */
const shadowUrl = 'rehearse-shadow-url';

/** Rehearses the pending migrations, or says why they were not. @throws GateError when there is no shadow to do it on. */
export async function inspectPending(
  world: World,
  inputs: RehearseInputs,
  applied: readonly string[],
  files: readonly MigrationFile[],
): Promise<RehearseFacts> {
  const { release, settings, platform, database, stepCommand, downCommand, timeouts } = inputs;
  const client = await world.database();
  const pending = files.map((file) => file.name);
  const paths = environmentPaths(platform.directory ?? '');
  const service = release.services[release.migrations.service];
  const image = service && (await imageDirectory(paths.images, service.image));
  if (image === undefined) {
    throw gateError(
      'SHADOW_UNAVAILABLE',
      release.migrations.service,
      'no such image on this platform',
      'the image of the release',
    );
  }
  const texts = await textsOf(image, release.migrations.files);
  if (settings.without !== undefined) {
    const plan = Object.fromEntries(pending.map((name) => [name, classOfText(texts.get(name) ?? '')]));
    return { applied, pending, plan };
  }
  const outOfOrder = release.migrations.files.slice(0, applied.length).find((file) => !applied.includes(file.name));
  if (outOfOrder !== undefined && applied.length > 0) {
    const found = `${outOfOrder.name} is pending before applied ones`;
    throw gateError('REHEARSAL_BASE_FAILED', 'order', found, 'a history that is the beginning of the release');
  }
  const irreversible = new Map(Object.entries(settings.irreversible.reasons));
  for (const [name, text] of texts) {
    const reason = irreversibleReason(text);
    if (reason !== undefined) irreversible.set(name, reason);
  }
  const hazards = lintHazards.parse(receiptOf(inputs, 'lint').data.hazards);
  const scope = applicationScope(release.migrations);
  const sizes = await tableSizes(client);
  const bootstrap = await bootstrapOf(client, roleName(database, 'migrator'));
  const productionCatalog = await readCatalog(client, scope);
  const major = (await client.query<{ major: number }>(majorOf)).rows[0]?.major ?? 0;
  const [accepted] = await acceptedReleases(client);
  const server = world.secret(shadowUrl);
  const directory = platform.directory ?? '';
  const shadow =
    server === undefined
      ? await ownServer(directory, major)
      : await givenServer(server, paths.directory, paths.directory, major);
  world.say(`shadow of PostgreSQL ${major} ready`);
  try {
    const rehearsal = await runRehearsal({
      ...{ world, shadow, major, platform, settings, image, stepCommand, downCommand, applied, pending, irreversible },
      ...{ scope, bootstrap, productionCatalog, sizes, release, previous: accepted?.release },
      command: release.migrations.command,
      boundSeconds: timeouts.job,
      statementTimeout: timeouts.statement,
    });
    const classes = rehearsal.stepped
      ? rehearsal.migrations.map(({ name, class: of, buildsIndexes }) => [name, { class: of, buildsIndexes }] as const)
      : pending.map((name) => [name, classOfText(texts.get(name) ?? '')] as const);
    const filesOf = (name: string) =>
      files.filter((file) => !rehearsal.stepped || file.name === name).map(({ file }) => file);
    const rulesAndTrace = ruleAndTrace(rehearsal.migrations, hazards, filesOf);
    return { applied, pending, rehearsal, rulesAndTrace, plan: Object.fromEntries(classes) };
  } finally {
    await shadow.remove();
  }
}
