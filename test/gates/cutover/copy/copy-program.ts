import { copyAll } from '../../../../gates/cutover/copy/copy-all.ts';
import { backfillSettings } from '../../../../gates/cutover/plan.ts';
import { databaseIn } from '../../../../gates/cutover/sides.ts';
import { openSides } from '../../../../gates/cutover/work/open-side.ts';
import { processWorkers } from '../../../../gates/cutover/work/process-workers.ts';

// The copy of the tests as a process, to be killed: `copy-program.ts <build> <epoch> <sessions | processes> [options of Node]`.
const [build = '', epoch = '', by, ...nodeOptions] = process.argv.slice(2);
const sides = { source: databaseIn('SOURCE'), target: databaseIn('TARGET') };
const open = openSides(sides, 'copy of a test');
const copied = await copyAll({
  source: () => open('source'),
  target: () => open('target'),
  plan: { backfill: backfillSettings.parse({ workers: 2 }) },
  build,
  epoch,
  say: (line) => console.log(`copy: ${line}`),
  signal: new AbortController().signal,
  ...(by === 'processes' && { start: processWorkers(2, sides, nodeOptions) }),
});
console.log(`copied ${JSON.stringify(copied)}`);
