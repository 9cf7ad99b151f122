import type { z } from '@hono/zod-openapi';

/** A JSON body in a route's document, as an answer or as a request. */
export function json<Schema extends z.ZodType>(schema: Schema, description = 'As asked') {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { ...json(schema, 'What to do'), required: true };
}
