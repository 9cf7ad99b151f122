import { z } from 'zod';
import { feedSchema } from '../verify/touched/feed.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What the verification hands on: the root that is approved, and where it is read what was touched since. */
export const verifiedReceipt = z.object({ root: hash, plan: hash, runId: z.string(), feed: feedSchema.nullable() });
