import { parseConfig, type StackConfig } from '../../stacks/config.ts';

/** A configuration as Pulumi hands it over: each key's value as JSON, or as it is where it is text. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** A whole configuration without a mistake. */
export const sampleConfig = {
  platform: { kind: 'local' },
  release: {
    sha: 'abcdef0123456789',
    services: {
      api: { image: `web@sha256:${'a'.repeat(64)}`, command: ['node', 'api.ts'], port: 3000 },
      worker: {
        image: `web@sha256:${'b'.repeat(64)}`,
        command: ['node', 'worker.ts'],
        port: 3000,
        ingress: 'none',
        secretEnv: { TOKEN: 'api-token', DATABASE_URL: 'database-url-app' },
      },
    },
  },
  migrations: { tool: 'node-pg-migrate', directory: 'migrations', service: 'api', command: ['node', 'migrate.ts'] },
  guard: { commands: { lint: 'true', types: 'true' }, flags: ['support-informed'] },
  smoke: {
    surfaces: { health: { service: 'api', path: '/healthz', assertions: [{ id: 'health-status', status: 200 }] } },
  },
  change: { owner: 'release-desk' },
};

/** Reads a configuration as the program does. */
export function parse(raw: RawConfig) {
  return parseConfig((key) => {
    const value = raw[key];
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** Reads a configuration that has no mistake. */
export function parsed(raw: RawConfig): StackConfig {
  const config = parse(raw);
  if ('length' in config) throw new Error(JSON.stringify(config));
  return config;
}
