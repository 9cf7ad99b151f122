import {
  backfillSettings,
  freezeSettings,
  type Plan,
  planSchema,
  rehearsalSettings,
} from '../../../gates/cutover/plan.ts';
import { verifySettings } from '../../../gates/verify/settings.ts';

/** A plan as a configuration without a word of its own makes it, with what a test is about. */
export function samplePlan(change: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    id: 'move',
    strategy: 'replicate',
    source: { direct: 'CUTOVER_SOURCE_DIRECT_URL', at: '127.0.0.1:5432/app' },
    target: { direct: 'CUTOVER_TARGET_DIRECT_URL', at: '127.0.0.1:5433/app' },
    verify: verifySettings.parse({ modules: { all: ['public.*'] } }),
    invariants: [],
    backfill: backfillSettings.parse({}),
    freeze: freezeSettings.parse({}),
    reverse: true,
    rehearsal: rehearsalSettings.parse({}),
    reviewer: 'reviewer',
    ...change,
  });
}
