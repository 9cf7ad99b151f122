import { z } from 'zod';
import { baselineConfigSchema } from '../../stacks/baseline-config.ts';
import { stackConfigSchema } from '../../stacks/config.ts';
import { cutoverConfigSchema } from '../../stacks/cutover-config.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';

const secret = z.strictObject({ secure: z.string() });

/** The JSON Schema of a whole Pulumi.<stack>.yaml, so that editors complete and check the file as it is written. */
export function stackFileSchema(): JsonSchema {
  return fileSchema(stackConfigSchema, 'stack-file', 'promotion');
}

/** The JSON Schema of a baseline stack's file. */
export function baselineFileSchema(): JsonSchema {
  return fileSchema(baselineConfigSchema, 'baseline-file', 'baseline');
}

/** The JSON Schema of a cutover stack's file. */
export function cutoverFileSchema(): JsonSchema {
  return fileSchema(cutoverConfigSchema, 'cutover-file', 'cutover');
}

function fileSchema(schema: z.ZodObject, id: string, kind: string): JsonSchema {
  const own = Object.entries(schema.shape).map(([key, value]) => [`sallyport:${key}`, value] as const);
  const { $schema, ...file } = jsonSchema(
    z.object({
      config: z.looseObject(Object.fromEntries(own)),
      encryptionsalt: z.string().optional(),
      secretsprovider: z.string().optional(),
      encryptedkey: z.string().optional(),
    }),
    'input',
  );
  const config = file.properties?.config as JsonSchema;
  const keys = Object.keys(schema.shape).join('|');
  // Every other key of ours is a secret by name; keys of other namespaces are not ours to judge.
  config.patternProperties = {
    [`^sallyport:(?!(${keys})$)`]: {
      ...withoutDialect(jsonSchema(secret, 'input')),
      description: 'a secret, set with: pulumi config set --secret sallyport:<name>',
    },
  };
  return {
    $schema,
    $id: `urn:sallyport:${id}:1`,
    title: `Configuration of a Sallyport ${kind} stack (Pulumi.<stack>.yaml)`,
    ...file,
  };
}

function withoutDialect({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
