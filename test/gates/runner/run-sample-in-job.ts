import { runRequest } from '../../../gates/runner/run-request.ts';

// The job of the tests: as gates/run-in-job.ts, with the sample gate for a registry, and ways of going wrong.
function stay(): never {
  setInterval(() => undefined, 1_000);
  return undefined as never;
}

function failAfterwards(): void {
  process.exitCode = 3;
}

await runRequest(async () => {
  const { gateProvider } = await import('../../../gates/kernel/provider.ts');
  const { sampleKind } = await import('./sample-kind.ts');
  return async (_kind, method, args) => {
    const { extra } = args.at(-1) as { extra?: unknown };
    if (extra === 'silent') process.exit(0);
    if (extra === 'crash') process.kill(process.pid, 'SIGKILL');
    // After the reply has been written.
    if (extra === 'stays') process.exit = stay;
    if (extra === 'ends badly') process.on('exit', failAfterwards);
    const provider = gateProvider(sampleKind(extra));
    return (provider[method] as (...given: readonly unknown[]) => Promise<unknown>)(...args);
  };
});
