import * as pulumi from '@pulumi/pulumi';
import type { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';

/** One resource as a program asked for it. */
export interface Made {
  readonly name: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Name of the parent. */
  readonly parent: string | undefined;
  /** Names of the resources it comes after, for whatever reason. */
  readonly after: readonly string[];
  /** Input → names of the resources whose outputs are in it. */
  readonly data: ReadonlyMap<string, readonly string[]>;
  /** Inputs with a secret somewhere in them, as the state will keep them encrypted. */
  readonly secrets: readonly string[];
  readonly protect: boolean;
  /** Id of one that is there already and is only read. */
  readonly brought: string | undefined;
  /** Name of its provider, where the program names one. */
  readonly provider: string | undefined;
}

/** How the SDK marks a secret on its way to the engine. */
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** What the engine answers for a resource: its id, and the outputs that are not inputs. */
type Answer = (args: pulumi.runtime.MockResourceArgs) => {
  readonly id?: string;
  readonly state: Record<string, unknown>;
};

/**
 * Runs a program against an engine that says yes to everything, and gives what it asked for once all of it was asked.
 * `outcome` is the value of the output that the program gives.
 */
export async function recordProgram<T>(
  answer: Answer,
  program: () => pulumi.Output<T>,
  call: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> = () => ({}),
): Promise<{ resources: Map<string, Made>; outcome: T }> {
  const resources = new Map<string, Made>();
  const inputs = new Map<string, Readonly<Record<string, unknown>>>();
  const mocks: pulumi.runtime.Mocks = {
    call,
    newResource: (args) => {
      inputs.set(`${args.type} ${args.name}`, args.inputs);
      const { id, state } = answer(args);
      return { id: args.id || (id ?? args.name), state: { ...args.inputs, ...state } };
    },
  };
  await pulumi.runtime.setMocks(mocks, 'sallyport', 'test', false);
  // The mocks are not told about parents and dependencies; the monitor behind them is.
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  const read = monitor.readResource.bind(monitor);
  const keep = (request: Request, more: Pick<Made, 'data' | 'secrets' | 'protect' | 'brought'>) => {
    const name = request.getName();
    const type = request.getType();
    resources.set(name, {
      name,
      type,
      inputs: inputs.get(`${type} ${name}`) ?? {},
      parent: nameIn(request.getParent()),
      after: request.getDependenciesList().map(nameIn),
      provider: request.getProvider() === '' ? undefined : nameIn(request.getProvider().replace(/::[^:]*$/, '')),
      ...more,
    });
  };
  monitor.registerResource = async (request, callback) => {
    await register(request, callback);
    const dependencies: [string, { getUrnsList(): string[] }][] = [...request.getPropertydependenciesMap().entries()];
    const data = new Map(dependencies.map(([key, value]) => [key, value.getUrnsList().map(nameIn)]));
    const given: Record<string, unknown> = request.getObject()?.toJavaScript() ?? {};
    const secrets = Object.keys(given).filter((key) => JSON.stringify(given[key])?.includes(secretSignature));
    keep(request, { data, secrets, protect: request.getProtect() === true, brought: undefined });
  };
  monitor.readResource = async (request, callback) => {
    await read(request, callback);
    keep(request, { data: new Map(), secrets: [], protect: false, brought: request.getId() });
  };
  const outcome = program();
  const value = await new Promise<T>((resolve) => outcome.apply(resolve));
  return { resources, outcome: value };
}

/** What both of the engine's requests have in common, as far as it is read here. */
interface Request {
  getName(): string;
  getType(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): readonly string[];
}

function nameIn(urn: string): string {
  return urn.split('::').at(-1) ?? '';
}
