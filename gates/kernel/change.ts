import { z } from 'zod';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, HH:MM');

/** When production may be changed. Days and times are those of `timeZone` (IANA); `from` after `to` spans midnight. */
export const windowSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone, for example Europe/Berlin'),
  days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
  from: clock.describe('a later time than `to` spans midnight; the night belongs to the day it began on'),
  to: z.union([clock, z.literal('24:00')]).describe('the first minute that is outside'),
  freeze: z
    .array(z.iso.date('a date in quotes, for example "2025-12-24"'))
    .default([])
    .describe('days on which nothing may change, YYYY-MM-DD'),
});

/** An emergency: the window is overridden, on record with why and by whom, for a day at most. */
export const overrideSchema = z.strictObject({
  reason: z.string().trim().min(1).describe('why it cannot wait for the window'),
  by: z.string().trim().min(1).describe('the role that decided it'),
  expires: z.iso.datetime({ offset: true }).describe('24 hours from now at most'),
});

/** Who answers for a change, who approves it, and when it may happen. */
export const changeSchema = z.strictObject({
  owner: z.string().default('').describe('the role that answers for the change; a promotion without one is refused'),
  reviewer: z.string().optional().describe('the role that approves it; it goes into the evidence'),
  window: windowSchema.optional().describe('when production may be changed; without one, at any time'),
  override: overrideSchema.optional().describe('emergency: overrides the window, and only the window'),
});

export type Change = z.infer<typeof changeSchema>;
export type Window = z.infer<typeof windowSchema>;
export type Override = z.infer<typeof overrideSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // Intl's only way to say that it does not know the zone
  }
}
