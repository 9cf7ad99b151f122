import { z } from 'zod';

/** A JSON Schema, draft 2020-12, as an object. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of a zod schema, for readers other than zod: without formats that only zod knows and without bounds
 * that only say "a safe integer". `input` describes what is written (defaults may be left out), `output` what is read.
 */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: made }) => {
      if (made.format === 'starts_with' || made.format === 'cidrv4') delete made.format;
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
    },
  });
}
