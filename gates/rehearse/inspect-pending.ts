import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { withOwnRoles } from '../catalog/own-roles.ts';
import { receiptOf } from '../kernel/gate.ts';
import { gateError } from '../kernel/gate-error.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import type { MigrationFile } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { bootstrapOf } from './bootstrap.ts';
import type { RehearseFacts, RehearseInputs } from './facts.ts';
import { imageFolder } from './image-folder.ts';
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
  // Off this machine there is no environment's folder; one of our own is as good for what is thrown away.
  const directory = platform.directory ?? '.sallyport/rehearse';
  const paths = environmentPaths(directory);
  const name = release.migrations.service;
  const service = release.services[name];
  const image = service && (await imageFolder(platform, settings.images, name, service.image));
  const texts = image === undefined ? new Map<string, string>() : await textsOf(image, release.migrations.files);
  if (settings.without !== undefined) {
    const plan = Object.fromEntries(pending.map((each) => [each, classOfText(texts.get(each) ?? '')]));
    return { applied, pending, plan };
  }
  if (image === undefined) {
    const needed = 'the image of the release, or a folder with what it has: rehearse.images';
    throw gateError('SHADOW_UNAVAILABLE', name, 'no such image on this platform', needed);
  }
  const absent = files.filter((file) => !texts.has(file.name));
  if (platform.kind !== 'local' && absent.length > 0) {
    // A checkout is not known by its digest as an image is: what is to run must at least be what was released.
    const found = `${absent.map((file) => file.name).join(', ')} not in ${settings.images[name]} as released`;
    throw gateError('SHADOW_UNAVAILABLE', name, found, 'the checkout that its image was built from');
  }
  const outOfOrder = release.migrations.files.slice(0, applied.length).find((file) => !applied.includes(file.name));
  if (outOfOrder !== undefined && applied.length > 0) {
    const found = `${outOfOrder.name} is pending before applied ones`;
    throw gateError('REHEARSAL_BASE_FAILED', 'order', found, 'a history that is the beginning of the release');
  }
  const irreversible = new Map(Object.entries(settings.irreversible.reasons));
  for (const [migration, text] of texts) {
    const reason = irreversibleReason(text);
    if (reason !== undefined) irreversible.set(migration, reason);
  }
  const hazards = lintHazards.parse(receiptOf(inputs, 'lint').data.hazards);
  const scope = applicationScope(release.migrations);
  const sizes = await tableSizes(client);
  const bootstrap = await bootstrapOf(client, database);
  const productionCatalog = withOwnRoles(await readCatalog(client, scope), database);
  const major = (await client.query<{ major: number }>(majorOf)).rows[0]?.major ?? 0;
  const [accepted] = await acceptedReleases(client);
  const server = world.secret(shadowUrl);
  const shadow =
    server === undefined
      ? await ownServer(directory, major)
      : await givenServer(
          server,
          platform.directory === undefined ? platform.environmentId : paths.directory,
          paths.directory,
          major,
        );
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
      ? rehearsal.migrations.map(
          ({ name: each, class: of, buildsIndexes }) => [each, { class: of, buildsIndexes }] as const,
        )
      : pending.map((each) => [each, classOfText(texts.get(each) ?? '')] as const);
    const filesOf = (each: string) =>
      files.filter((file) => !rehearsal.stepped || file.name === each).map(({ file }) => file);
    const rulesAndTrace = ruleAndTrace(rehearsal.migrations, hazards, filesOf);
    return { applied, pending, rehearsal, rulesAndTrace, plan: Object.fromEntries(classes) };
  } finally {
    await shadow.remove();
  }
}
