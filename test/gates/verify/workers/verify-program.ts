import { databaseIn } from '../../../../gates/cutover/sides.ts';
import { runVerification } from '../../../../gates/verify/run-verification.ts';
import { verifySettings } from '../../../../gates/verify/settings.ts';

// A verification by processes, to be killed.
await runVerification({
  runId: 'to-be-killed',
  settings: verifySettings.parse({ modules: { all: ['public.*'] }, processes: 2, minutes: 5 }),
  invariants: [],
  source: databaseIn('SOURCE'),
  target: databaseIn('TARGET'),
  expected: undefined,
  progress: (line) => console.log(line),
});
