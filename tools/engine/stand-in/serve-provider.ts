import grpc from '@grpc/grpc-js';
import { main, type Provider } from '@pulumi/pulumi/provider/index.js';

/** What a provider is told beside its resources: the stack's configuration of its package, or that of an explicit provider. */
export type ProviderConfiguration = Readonly<Record<string, unknown>>;

/**
 * Serves a provider to the engine that started this process, and ends with it. `stop` ends what is under way, after a
 * signal and when the engine is gone: one that is killed hard tells its plugins nothing, and nothing must go on without
 * anyone to record it. `configure` is called before any resource.
 */
export async function serveProvider(
  provider: Provider,
  stop: () => Promise<void>,
  configure: (configuration: ProviderConfiguration) => void = () => undefined,
): Promise<void> {
  const engine = process.ppid;
  const end = async () => {
    await stop();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  setInterval(() => {
    if (process.ppid !== engine) void end();
  }, 500).unref();
  listenToConfigure(configure);
  await main(provider, process.argv.slice(2));
}

interface ConfigureCall {
  readonly request: { getArgs(): { toJavaScript(): ProviderConfiguration } | undefined };
}

/** The server of @pulumi/pulumi keeps a provider's configuration to itself: it is listened to where it comes in. */
function listenToConfigure(told: (configuration: ProviderConfiguration) => void): void {
  const { addService } = grpc.Server.prototype;
  grpc.Server.prototype.addService = function (service, implementation) {
    const { configure } = implementation;
    if (typeof configure !== 'function') return addService.call(this, service, implementation);
    implementation.configure = (call: ConfigureCall, answer: unknown) => {
      told(call.request.getArgs()?.toJavaScript() ?? {});
      return (configure as (...args: unknown[]) => unknown).call(implementation, call, answer);
    };
    return addService.call(this, service, implementation);
  };
}
