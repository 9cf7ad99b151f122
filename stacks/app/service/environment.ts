import { z } from 'zod';

/** Every variable that a service of this application may read; each service picks its own. */
export const variables = {
  PORT: z.coerce.number('a port').int().min(0).max(65_535),
  /** Loopback unless told otherwise; in a container: 0.0.0.0. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Without a password in it, each connection's is a token of the identity that the platform gives; see connection.ts. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// URL of the role app' }),
  API_URL: z.url({ protocol: /^https?$/, error: "the API's http:// or https:// address" }),
  API_TOKEN: z.string('at least 16 characters').min(16, 'at least 16 characters'),
  /** "1": be healthy and hold the database connection, but take no work. */
  STANDBY: z
    .enum(['0', '1'], '"0" or "1"')
    .default('0')
    .transform((value) => value === '1'),
  POLL_MILLISECONDS: z.coerce.number('milliseconds').int().min(10).default(1000),
};

/** Reads a service's environment, or says everything that is wrong with it, without values, and exits with 1. */
export function readEnvironment<Shape extends z.ZodRawShape>(service: string, shape: Shape) {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    const name = String(path[0]);
    const found = given[name] === undefined ? 'is missing' : 'is not valid';
    console.error(`${service}: ENVIRONMENT_INVALID: ${name} ${found}; set it to ${message}`);
  }
  return process.exit(1);
}
