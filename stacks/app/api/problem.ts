import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Problem } from '../contract.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authorised',
  404: 'Not found',
  409: 'Conflict',
  500: 'Internal error',
};

/** An RFC 9457 answer. */
export function problem(status: ContentfulStatusCode, code: string, detail: string): Response {
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** The same, thrown from within a handler. */
export function refuse(status: ContentfulStatusCode, code: string, detail: string): HTTPException {
  return new HTTPException(status, { res: problem(status, code, detail) });
}

/** How a route's document says that it may answer with a problem. */
export function problemContent(description: string) {
  return { description, content: { 'application/problem+json': { schema: Problem } } };
}
