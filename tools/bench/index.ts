import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type PromotionProject, promotionProject } from '../../test/support/promotion-project.ts';
import { projectRoot } from '../project.ts';
import { runTool } from '../run-tool.ts';
import { benchAzurePreview } from './azure-preview.ts';
import { benchBareSteps } from './bare-steps.ts';
import { type BenchRow, keeps } from './bench-row.ts';
import { benchCutover } from './cutover.ts';
import { benchFlip } from './flip.ts';
import { benchHazards } from './hazards.ts';
import { benchLint } from './lint.ts';
import { benchNoOp } from './no-op.ts';
import { benchRehearse } from './rehearse.ts';
import { benchTouched } from './touched.ts';
import { benchVerify } from './verify.ts';
import { benchCalls, benchVerdict } from './waiting.ts';

/** Each needs an environment of its own, so that no measure stands on what another left behind. */
const benches: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  'bare-steps': () => inProject(benchBareSteps),
  'no-op': () => inProject(accepted(benchNoOp)),
  flip: () => inProject(accepted(benchFlip)),
  lint: benchLint,
  rehearse: benchRehearse,
  hazards: benchHazards,
  waiting: async () => [...(await inProject(accepted(benchVerdict))), ...(await benchCalls())],
  'azure-preview': benchAzurePreview,
  verify: benchVerify,
  touched: benchTouched,
  cutover: benchCutover,
};

// `npm run bench [-- <name> …]`: measure, print a table, write .artifacts/bench.json.
await runTool(async () => {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    console.error(`bench: found ${unknown.join(', ')}; needed some of ${Object.keys(benches).join(', ')}`);
    return 1;
  }
  const rows: BenchRow[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(`bench: ${name} …`);
    rows.push(...(await bench()));
  }
  print(rows);
  const file = join('.artifacts', 'bench.json');
  await mkdir(join(projectRoot, '.artifacts'), { recursive: true });
  const measured = { at: new Date().toISOString(), cores: cpus().length, node: process.version, rows };
  await writeFile(join(projectRoot, file), `${JSON.stringify(measured, null, 2)}\n`);
  console.log(`\nwritten to ${file}`);
  return rows.every(keeps) ? 0 : 1;
});

async function inProject<T>(work: (project: PromotionProject) => Promise<T>): Promise<T> {
  const project = await promotionProject();
  try {
    return await work(project);
  } finally {
    await project.remove();
  }
}

/** With the first release accepted. */
function accepted<T>(work: (project: PromotionProject) => Promise<T>) {
  return async (project: PromotionProject) => {
    const first = await project.up();
    if (first.code !== 0) throw new Error(first.output);
    return work(project);
  };
}

function print(rows: readonly BenchRow[]): void {
  const round = (value: number | undefined) => (value === undefined ? '' : String(Number(value.toPrecision(3))));
  console.table(
    rows.map((row) => ({
      measure: row.name,
      ours: `${round(row.ours)} ${row.unit}`,
      other: row.other === undefined ? '' : `${round(row.other)} ${row.unit}`,
      ratio: round(row.ratio),
      limit: round(row.limit),
      kept: row.limit === undefined ? 'reported' : keeps(row) ? 'yes' : 'NO',
      note: row.note,
    })),
  );
}
