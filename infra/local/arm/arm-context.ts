import type { Context } from 'hono';
import type { z } from 'zod';
import type { Apps } from '../apps/apps.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { ArmFailure } from './arm-failure.ts';

/** What the routes work on. */
export interface ArmContext {
  readonly paths: EnvironmentPaths;
  readonly token: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly apps: Apps;
  readonly jobs: Jobs;
}

const PAGE = 50;

/** The ARM id of something in the environment's resource group. */
export function resourceId(context: ArmContext, path: string): string {
  return `/subscriptions/${context.subscriptionId}/resourceGroups/${context.resourceGroup}/providers/Microsoft.App/${path}`;
}

/** The origin that the client asked: links lead back to it, also when it is a proxy in front. */
export function originOf(c: Context): string {
  return `http://${c.req.header('host')}`;
}

/** The body, checked: what the schema does not know is refused with every problem named. */
export async function parseBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  return checkBody(await jsonBody(c), schema);
}

/** The body as JSON, whatever it is. */
export async function jsonBody(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    throw new ArmFailure(
      400,
      'InvalidRequestContent',
      'The request content was invalid and could not be deserialized: no JSON.',
    );
  }
}

/** `value` as the schema has it, or a refusal that names every problem. */
export function checkBody<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new ArmFailure(400, 'InvalidRequestContent', `The request content was invalid: ${problems.join('; ')}`);
}

/** One page of a list, with the link to the next. */
export function page(c: Context, items: readonly unknown[]): Response {
  const from = Number(c.req.query('$skiptoken') ?? 0);
  if (!Number.isInteger(from) || from < 0) throw new ArmFailure(400, 'InvalidSkipToken', 'The $skiptoken is invalid.');
  const value = items.slice(from, from + PAGE);
  if (from + PAGE >= items.length) return c.json({ value });
  const next = new URL(c.req.url);
  next.searchParams.set('$skiptoken', String(from + PAGE));
  return c.json({ value, nextLink: `${originOf(c)}${next.pathname}${next.search}` });
}

/** Headers of a long-running answer. Nothing local takes a second: the client's own interval holds. */
export function operationHeaders(c: Context, context: ArmContext, id: string): Record<string, string> {
  const version = `?api-version=${c.req.query('api-version')}`;
  const base = `${originOf(c)}/subscriptions/${context.subscriptionId}/providers/Microsoft.App/locations/local`;
  return {
    'azure-asyncoperation': `${base}/operationStatuses/${id}${version}`,
    location: `${base}/operationResults/${id}${version}`,
    'retry-after': '0',
  };
}
