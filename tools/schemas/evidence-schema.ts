import { z } from 'zod';
import { envelopeSchema, evidenceVersion } from '../../gates/kernel/evidence.ts';
import type { Gate } from '../../gates/kernel/gate.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';

/**
 * The JSON Schema of a gate's evidence file: the envelope, which every gate has, and the gate's own body.
 * @throws Error when the body has a member of the envelope's name: the file can hold only one of them.
 */
export function evidenceSchema(gate: Gate): JsonSchema {
  // Not a list of the codes: a new one must not make readers refuse the file.
  const code = z
    .string()
    .regex(/^[A-Z][A-Z_]*$/)
    .describe('a reason code, see docs/reason-codes.md');
  const envelope = envelopeSchema.extend({
    gate: z.literal(gate.name),
    reasonCode: code.nullable(),
    findings: z.array(envelopeSchema.shape.findings.element.extend({ code })),
  });
  const { $schema, ...head } = jsonSchema(envelope, 'output');
  const { $schema: _same, ...body } = jsonSchema(gate.evidence.body, 'output');
  const twice = Object.keys(body.properties ?? {}).filter((name) => name in (head.properties ?? {}));
  if (twice.length > 0)
    throw new Error(`gate ${gate.name}: its evidence body repeats ${twice.join(', ')} of the envelope`);
  return {
    $schema,
    $id: `urn:sallyport:evidence:${gate.name}:${evidenceVersion}`,
    title: `Sallyport evidence, gate ${gate.name} (${gate.evidence.file}), version ${evidenceVersion}`,
    type: 'object',
    properties: { ...head.properties, ...body.properties },
    required: [...(head.required ?? []), ...(body.required ?? [])],
    additionalProperties: false,
  };
}
