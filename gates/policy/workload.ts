import { at, listAt, notKnown } from './look.ts';
import { azureType, dynamicType, type Resource } from './resource.ts';

/** A container as it is declared. Each member may be {@link notKnown}. */
export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly image: unknown;
  /** `command` and `args`, one after the other. */
  readonly command: readonly unknown[] | typeof notKnown;
  /** The members of `env`. */
  readonly env: readonly unknown[] | typeof notKnown;
}

/** What runs containers, on whatever platform. */
export interface Workload {
  readonly kind: 'app' | 'job';
  /** {@link notKnown} when not even their number is known. */
  readonly containers: readonly Container[] | typeof notKnown;
}

/** The containers that a resource declares; undefined when it declares none. */
export function workloadOf(resource: Resource): Workload | undefined {
  const dynamic = dynamicType(resource);
  if (dynamic === 'local:Job' || dynamic === 'local:CutoverJob') {
    return { kind: 'job', containers: [containerOf(resource.props, 'migrate', false)] };
  }
  switch (azureType(resource)) {
    case 'app:ContainerApp':
      return { kind: 'app', containers: containersOf(resource.props) };
    case 'app:Job':
      return { kind: 'job', containers: containersOf(resource.props) };
    default:
      return undefined;
  }
}

function containersOf(props: unknown): Workload['containers'] {
  const main = listAt(props, 'template', 'containers');
  const init = listAt(props, 'template', 'initContainers');
  if (main === notKnown || init === notKnown) return notKnown;
  return [
    ...main.map((container, index) => containerOf(container, `container ${index + 1}`, false)),
    ...init.map((container, index) => containerOf(container, `init container ${index + 1}`, true)),
  ];
}

function containerOf(container: unknown, fallback: string, init: boolean): Container {
  const name = at(container, 'name');
  const command = listAt(container, 'command');
  const args = listAt(container, 'args');
  return {
    name: typeof name === 'string' ? name : fallback,
    init,
    image: at(container, 'image'),
    command: command === notKnown || args === notKnown ? notKnown : [...command, ...args],
    env: listAt(container, 'env'),
  };
}
