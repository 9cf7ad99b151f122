import { join } from 'node:path';
import { writeEvidence } from '../gates/kernel/evidence.ts';
import type { Accepted } from '../gates/kernel/ledger/accepted.ts';
import { readAccepted } from './ask-ledger.ts';
import { withPolicyPacks } from './engine/policy-packs.ts';
import { localStackName, runEngine } from './local-stack.ts';
import { localData, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { engineFor } from './stack-engine.ts';
import { readStackConfig, writeReplay } from './stack-file.ts';

// `npm run rollback [-- <sha>] [-- <options of the engine>]`: promote an earlier accepted release again, through the same
// gates. Options go to its preview and its update, `--policy-pack` for one.
await runTool(async () => {
  const stack = process.env.PULUMI_STACK ?? localStackName;
  const config = await readStackConfig(stack);
  const accepted = await readAccepted(stack, config);
  const [first, ...others] = process.argv.slice(2);
  const asked = first?.startsWith('-') ? undefined : first;
  const target = targetOf(accepted, asked);
  console.log(`rollback: from ${accepted[0]?.sha} to ${target.sha}, accepted on ${target.at}`);
  const file = join(projectRoot, config.artifacts, target.sha, 'release.json');
  await writeEvidence(file, `${JSON.stringify(target.release, null, 2)}\n`);
  const options = asked === undefined ? process.argv.slice(2) : others;
  const found = await engineFor(['--stack', stack]);
  const { engine, args } = await withPolicyPacks(found, options, join(localData, 'policy'));
  await writeReplay(stack, target.sha);
  if ((await runEngine(engine, ['preview', '--stack', stack, ...args])) !== 0) {
    await writeReplay(stack, config.replay);
    console.error('\nNot rolled back: the reason is above. Nothing was changed, and the configuration is as it was.');
    return 1;
  }
  const code = await runEngine(engine, ['up', '--yes', '--skip-preview', '--stack', stack, ...args]);
  if (code !== 0) {
    console.error(
      '\nNot rolled back: the reason is above. `npm run rollback` again goes on; `npm run resume` goes forward.',
    );
    return code;
  }
  console.log(`\n${target.sha} serves again. Promotion is on hold; when the cause is mended:`);
  console.log('  npm run resume -- --by <role> --reason "<why it is safe to go forward>"');
  return 0;
});

/** The release asked for, or the last one accepted before the one that serves. */
function targetOf(accepted: readonly Accepted[], asked: string | undefined): Accepted {
  const [current] = accepted;
  if (current === undefined)
    throw new SetupError('NO_ACCEPTED_RELEASE', 'nothing was accepted yet; promote first: npm start');
  if (asked !== undefined) {
    const found = accepted.find((entry) => entry.sha.startsWith(asked));
    if (found !== undefined && found.sha !== current.sha) return found;
    const list = [...new Set(accepted.map((entry) => entry.sha))].join(', ');
    const what = found === undefined ? `${asked} was never accepted` : `${asked} is the release that serves`;
    throw new SetupError('NO_EARLIER_RELEASE', `${what}; needed an earlier one of ${list}`);
  }
  const first = Math.min(...accepted.filter((entry) => entry.sha === current.sha).map((entry) => entry.seq));
  const earlier = accepted.find((entry) => entry.seq < first && entry.sha !== current.sha);
  if (earlier !== undefined) return earlier;
  throw new SetupError(
    'NO_EARLIER_RELEASE',
    `${current.sha} is the first accepted release; there is none to go back to`,
  );
}
