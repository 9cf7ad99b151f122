import { keepSecret } from './redact.ts';

interface EngineConfig {
  get(key: string): string | undefined;
}

let engineConfig: EngineConfig | undefined;

/** Keeps the stack's configuration that the engine hands to every dynamic provider, secrets in clear. */
export function keepConfiguration(config: EngineConfig): void {
  engineConfig = config;
}

/** A secret of the stack's configuration, `sallyport:<name>`. It reaches gates this way and never as an input. */
export function configuredSecret(name: string): string | undefined {
  const value = engineConfig?.get(`sallyport:${name}`);
  if (value !== undefined) keepSecret(value);
  return value;
}
