import type { AppState, ContainerApps, EnvVar, Revision } from '../../../infra/container-apps/container-apps.ts';
import { gateError } from '../../kernel/gate-error.ts';
import type { Release } from '../../kernel/release.ts';

/** An app of the release as it runs. */
export interface RunningApp {
  readonly name: string;
  readonly app: AppState;
  readonly revisions: readonly Revision[];
  /** The one revision that serves, or works. */
  readonly serving: Revision;
  /** The newest one, which the next is made from; it runs what the serving one runs. */
  readonly newest: Revision;
  /** Whether it has an ingress; a worker has none. */
  readonly ingress: boolean;
}

/**
 * The apps of a release, each after those whose addresses it is given.
 * @throws GateError APP_NOT_AS_SERVED where a new revision would be another program than the one that serves.
 */
export async function runningApps(apps: ContainerApps, { services }: Release): Promise<readonly RunningApp[]> {
  const read = await Promise.all(
    Object.entries(services).map(async ([name, { ingress }]) => {
      const [app, revisions] = [await apps.getApp(name), await apps.listRevisions(name)];
      return { name, app, revisions, ingress: ingress !== 'none' };
    }),
  );
  const everything = read.flatMap(({ name, revisions }) => revisions.map((revision) => ({ name, revision })));
  const found = read.map(({ name, app, revisions, ingress }): RunningApp => {
    const wrong = (what: string, needed: string) => gateError('APP_NOT_AS_SERVED', name, what, needed);
    if (app === undefined) throw wrong('no such app', 'the release that was accepted, running');
    const active = revisions.filter((each) => each.active);
    const traffic = app.traffic.filter((entry) => entry.weight > 0);
    const names = ingress
      ? traffic.map((entry) => ('revisionName' in entry ? entry.revisionName : app.latestRevisionName))
      : active.map((each) => each.name);
    const newest = revisions.find((each) => each.name === app.latestRevisionName);
    // Of a worker that is rolled, old and new work side by side until the old one is drained: they are the same program.
    const serving = active.find(
      (each) => names.includes(each.name) && (ingress || each.name !== newest?.name || names.length === 1),
    );
    if (serving === undefined || newest === undefined || (ingress && names.length !== 1)) {
      throw wrong(`${names.join(', ') || 'nothing'} serving`, 'one revision');
    }
    if (programOf(newest, everything) !== programOf(serving, everything)) {
      throw wrong(
        `newest revision ${newest.name} beside ${serving.name}, which serves`,
        'the newest one to run the same',
      );
    }
    return { name, app, revisions, serving, newest, ingress };
  });
  return inOrder(found);
}

/** The environment of an app with addresses of other apps' revisions replaced: app → the new revision's address. */
export function withAddresses(
  env: readonly EnvVar[],
  apps: readonly RunningApp[],
  addresses: ReadonlyMap<string, string>,
): readonly EnvVar[] {
  return env.map((variable) => {
    if (!('value' in variable)) return variable;
    const value = apps.reduce((text, { name, revisions }) => {
      const to = addresses.get(name);
      if (to === undefined) return text;
      return revisions.reduce(
        (now, { address }) => (address === undefined ? now : replaceAddress(now, address, to)),
        text,
      );
    }, variable.value);
    return { name: variable.name, value };
  });
}

/** Command, image and environment, with the name of the app in the place of an address of one of its revisions. */
function programOf(
  { container }: Revision,
  everything: readonly { readonly name: string; readonly revision: Revision }[],
): string {
  const env = container.env.map((variable) => {
    if (!('value' in variable)) return variable;
    const value = everything.reduce(
      (text, { name, revision: { address } }) =>
        address === undefined ? text : replaceAddress(text, address, `address of ${name}`),
      variable.value,
    );
    return { ...variable, value };
  });
  return JSON.stringify([container.image, container.command, env]);
}

function inOrder(apps: readonly RunningApp[]): readonly RunningApp[] {
  const order: RunningApp[] = [];
  const visit = (app: RunningApp, path: readonly string[]) => {
    if (order.includes(app) || path.includes(app.name)) return;
    for (const other of apps) if (other !== app && refersTo(app, other)) visit(other, [...path, app.name]);
    order.push(app);
  };
  for (const app of apps) visit(app, []);
  return order;
}

function refersTo({ newest }: RunningApp, { revisions }: RunningApp): boolean {
  return newest.container.env.some(
    (variable) =>
      'value' in variable &&
      revisions.some(
        ({ address }) => address !== undefined && replaceAddress(variable.value, address, '') !== variable.value,
      ),
  );
}

/** An address is not a part of a longer one: port 300 is not in port 3000. */
function replaceAddress(text: string, address: string, to: string): string {
  const escaped = address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`${escaped}(?![\\w.-])`, 'g'), () => to);
}
