import { z } from 'zod';
import { digestOf, sha256 } from '../kernel/digest.ts';

const file = z.strictObject({ path: z.string(), base64: z.base64() });

/** A file of the project on its way to a job or back; the path is relative to the root, with `/`. */
export type CarriedFile = z.infer<typeof file>;

/** What the provider in the engine asks of the world, as a job is to ask it. JSON; nothing secret is in it. */
export const requestSchema = z.strictObject({
  version: z.literal(1),
  /** So that no two requests are the same, and a reply can be for one of them only. */
  id: z.uuid(),
  kind: z.string(),
  method: z.enum(['check', 'create', 'update', 'read']),
  args: z.array(z.unknown()),
  /** In whose lease the gate runs. */
  promotion: z.strictObject({ id: z.string(), name: z.string() }),
  files: z.array(file),
  /** The folder whose files are brought back, relative to the root. */
  writes: z.string().optional(),
});

export type Request = z.infer<typeof requestSchema>;

const content = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the request's text. */
  request: z.string(),
  /** The execution that replies, as the platform calls it. */
  execution: z.string(),
  /** Whether nothing is against going on: what the exit status says too. */
  passed: z.boolean(),
  /** What the provider answered, or what it found against it. */
  answer: z.record(z.string(), z.unknown()).optional(),
  findings: z
    .array(
      z.strictObject({
        code: z.string(),
        severity: z.enum(['BLOCKER', 'WARNING']),
        about: z.string(),
        found: z.string(),
        needed: z.string(),
        recovery: z.string(),
      }),
    )
    .optional(),
  message: z.string().optional(),
  progress: z.array(z.string()),
  files: z.array(file),
});

/** What came of it. `digest` is of everything else, so that a reply is whole or none. */
export const replySchema = content.extend({ digest: z.string() });

export type Reply = z.infer<typeof replySchema>;

/** A reply with its digest. */
export function sealed(reply: z.infer<typeof content>): Reply {
  return { ...reply, digest: digestOf(reply) };
}

/** A text as a reply to exactly this request by this execution, or what is wrong with it. */
export function openReply(text: string, request: string, execution: string): { reply: Reply } | { wrong: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { wrong: `${text.length} characters that are no JSON` };
  }
  const parsed = replySchema.safeParse(json);
  if (!parsed.success) return { wrong: 'JSON that is no reply' };
  const { digest, ...rest } = parsed.data;
  if (digest !== digestOf(rest)) return { wrong: 'a reply that was altered or cut' };
  if (rest.request !== sha256(request)) return { wrong: 'a reply to another request' };
  if (rest.execution !== execution) return { wrong: `a reply of execution "${rest.execution}"` };
  return { reply: parsed.data };
}
