import { z } from 'zod';
import { defineGate, gateInputs } from '../kernel/gate.ts';
import { releaseDigest } from '../kernel/release.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';

const guardInputs = gateInputs.extend({
  /** Command → digest of the release that it last ran for; a command that failed never gets here. */
  commands: z.record(z.string(), z.string()),
  required: z.array(z.string()),
  /** A replay of an accepted release: its images passed this gate then, and the checkout holds other sources now. */
  replay: z.boolean(),
  /** Flag → true (stands for every release), or the sha that it was given for. */
  flags: z.record(z.string(), z.union([z.boolean(), z.string()])),
});

type GuardInputs = z.infer<typeof guardInputs>;

/** Chains preflight, the app's own typecheck and lint commands, and named readiness flags (A4). */
export const guard = defineGate<GuardInputs, null>({
  name: 'guard',
  rules: 1,
  needs: ['preflight', 'lint'],
  live: true,
  optionalInPreview: ['receipts', 'commands', 'platform', 'database'],
  inputs: guardInputs,
  evidence: {
    file: 'guard.json',
    body: z.object({
      commands: z.array(z.object({ name: z.string(), ranForThisRelease: z.boolean() })),
      flags: z.array(z.object({ name: z.string(), value: z.union([z.boolean(), z.string()]).nullable() })),
    }),
  },
  deadlineSeconds: () => 30,
  subject: ({ commands, required, flags, replay }) => ({ commands, required, flags, replay }),
  inspect: async () => null,
  judge: (_facts, inputs) => (inputs.replay ? acceptedBefore(inputs) : [...commandsRan(inputs), ...flagsReady(inputs)]),
  report: ({ commands, release, required, flags }) => ({
    commands: Object.entries(commands ?? {}).map(([name, ranFor]) => ({
      name,
      ranForThisRelease: ranFor === releaseDigest(release),
    })),
    flags: required.map((name) => ({ name, value: flags[name] ?? null })),
  }),
  data: ({ release }) => ({
    images: Object.fromEntries(Object.entries(release.services).map(([name, service]) => [name, service.image])),
  }),
  summary: ({ commands, required, replay }) => {
    if (replay) return 'a replay: commands and flags passed when the release was accepted';
    const ran = commands === undefined ? 'commands planned' : `${Object.keys(commands).length} commands`;
    return `${ran}, ${required.length} flags (${required.join(', ') || 'none'})`;
  },
});

/** Preflight compares a replay with the ledger; in a preview its receipt may not be known yet. */
function acceptedBefore({ receipts, release }: GuardInputs): readonly Finding[] {
  const preflight = receipts?.find((receipt) => receipt.gate === 'preflight');
  if (preflight === undefined || preflight.data.accepted === true) return [];
  return [
    blocker(
      'RELEASE_NOT_ACCEPTED',
      `sha ${release.sha}`,
      'a replay of a release that was never accepted',
      'an accepted one',
    ),
  ];
}

function commandsRan({ commands, release }: GuardInputs): readonly Finding[] {
  const digest = releaseDigest(release);
  return Object.entries(commands ?? {})
    .filter(([, ranFor]) => ranFor !== digest)
    .map(([name, ranFor]) =>
      blocker('COMMAND_NOT_RUN', name, `a run for ${ranFor.slice(0, 12)}`, `one for ${digest.slice(0, 12)}`),
    );
}

function flagsReady({ flags, required, release }: GuardInputs): readonly Finding[] {
  return required.flatMap((name) => {
    const value = flags[name];
    const needed = `true, or the sha ${release.sha}`;
    if (value === undefined) return [blocker('FLAG_ABSENT', name, 'nothing', needed)];
    return value === true || value === release.sha ? [] : [blocker('FLAG_NOT_READY', name, String(value), needed)];
  });
}
