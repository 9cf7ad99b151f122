import { z } from '@hono/zod-openapi';

/** What the API gives and takes; the pages read it through the same schemas. */
const id = z.number().int().positive();
const time = z.string().openapi({ format: 'date-time' });
const subject = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-" only');

export const Problem = z
  .object({ type: z.string(), title: z.string(), status: z.number().int(), detail: z.string(), code: z.string() })
  .openapi('Problem');

export const Health = z
  .object({ status: z.enum(['ok', 'unavailable']), reason: z.string().optional() })
  .openapi('Health');

export const Overview = z
  .object({
    events: z.number().int(),
    unscoredEvents: z.number().int(),
    newestEventId: id.nullable(),
    averageScore: z.number().nullable(),
    openCases: z.number().int(),
    urgentCases: z.number().int(),
    activeHolds: z.number().int(),
  })
  .openapi('Overview');

export const eventKinds = ['login', 'listing', 'payment', 'payout'] as const;

export const channels = ['app', 'web', 'partner', 'unknown'] as const;

export const NewEvent = z
  .object({
    reference: z.string().trim().min(1).max(100),
    kind: z.enum(eventKinds),
    subject,
    amountCents: z.number().int().min(0).default(0),
    channel: z.enum(channels).default('unknown'),
    occurredAt: z.iso.datetime({ offset: true }),
  })
  .openapi('NewEvent');

export const Event = z
  .object({
    id,
    reference: z.string(),
    kind: z.enum(eventKinds),
    subject: z.string(),
    amountCents: z.number().int(),
    /** Optional to the pages: during a flip they may read an API that does not know it yet. */
    channel: z.enum(channels).optional(),
    occurredAt: time,
    score: z.number().int().nullable(),
  })
  .openapi('Event');

export const Score = z
  .object({
    eventId: id,
    status: z.enum(['pending', 'scored']),
    score: z.number().int().min(0).max(100).nullable(),
    reasons: z.array(z.string()),
  })
  .openapi('Score');

export const caseStatuses = ['open', 'closed'] as const;

export const Case = z
  .object({
    id,
    eventId: id,
    subject: z.string(),
    score: z.number().int().nullable(),
    status: z.enum(caseStatuses),
    priority: z.enum(['normal', 'urgent']),
    openedAt: time,
    closedAt: time.nullable(),
    resolution: z.string().nullable(),
  })
  .openapi('Case');

export const CloseCase = z.object({ resolution: z.string().trim().min(1).max(500) }).openapi('CloseCase');

export const Hold = z
  .object({
    id,
    subject: z.string(),
    reason: z.string(),
    caseId: id.nullable(),
    placedAt: time,
    releasedAt: time.nullable(),
  })
  .openapi('Hold');

export const NewHold = z.object({ subject, reason: z.string().trim().min(1).max(500) }).openapi('NewHold');

export const EventList = z.object({ events: z.array(Event) }).openapi('EventList');
export const CaseList = z.object({ cases: z.array(Case) }).openapi('CaseList');
export const HoldList = z.object({ holds: z.array(Hold) }).openapi('HoldList');
