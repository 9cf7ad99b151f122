import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gate } from '../../../gates/kernel/gate.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { sampleGate } from '../sample-gate.ts';

const inspectOf: Readonly<Record<string, Gate['inspect']>> = {
  secret: async (world) => world.secret('sample-token'),
  file: async (_world, inputs) => readFile(join(projectRoot, inputs.artifacts, 'given/answer'), 'utf8'),
  hang: () => delay(600_000).then(() => 'late'),
  database: async (world) => {
    const { rows } = await (await world.database()).query('select current_user as name');
    return rows[0].name;
  },
};

/** The sample gate as the engine and the job of the tests have it: its input `extra` says how it inspects. */
export function sampleKind(extra: unknown): Gate {
  const inspect = inspectOf[String(extra)];
  return sampleGate({
    reads: ({ artifacts }) => [join(artifacts, 'given')],
    ...(inspect && { inspect }),
    ...(extra === 'last' && { last: true }),
  });
}
