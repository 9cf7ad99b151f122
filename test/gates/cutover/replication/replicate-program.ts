// Starts a replication and follows it until the target has caught up, as the gate does; a test kills it on the way.
import { readFile } from 'node:fs/promises';
import { planSchema } from '../../../../gates/cutover/plan.ts';
import { byReplication } from '../../../../gates/cutover-backfill/by-replication.ts';
import { withSides } from '../../../../gates/cutover-backfill/with-sides.ts';

const { plan, build } = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'));
const say = (line: string) => process.stdout.write(`${line}\n`);
const signal = AbortSignal.timeout(180_000);
const parts = {
  deferSlow: async () => say('put off'),
  restoreSlow: async () => say('made again'),
};
const parsed = planSchema.parse(plan);
await withSides(parsed, {}, signal, (sides) => byReplication(sides, { plan: parsed, build, say, signal }, parts));
say('done');
