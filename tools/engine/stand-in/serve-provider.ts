import { main, type Provider } from '@pulumi/pulumi/provider/index.js';

/**
 * Serves a provider to the engine that started this process, and ends with it. `stop` ends what is under way, after a
 * signal and when the engine is gone: one that is killed hard tells its plugins nothing, and nothing must go on without
 * anyone to record it.
 */
export async function serveProvider(provider: Provider, stop: () => Promise<void>): Promise<void> {
  const engine = process.ppid;
  const end = async () => {
    await stop();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  setInterval(() => {
    if (process.ppid !== engine) void end();
  }, 500).unref();
  await main(provider, process.argv.slice(2));
}
