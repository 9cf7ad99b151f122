import { join } from 'node:path';
import { z } from 'zod';
import { candidate } from '../candidate/candidate.ts';
import { flip } from '../flip/flip.ts';
import { guard } from '../guard/guard.ts';
import type { Mode } from '../kernel/admission.ts';
import { sha256 } from '../kernel/digest.ts';
import { writeEvidence } from '../kernel/evidence.ts';
import { defineGate, type GateInputs, gateInputs, receiptOf } from '../kernel/gate.ts';
import { acceptedReleases, writeAccepted, writeProof } from '../kernel/ledger/accepted.ts';
import { evidenceOfAttempts } from '../kernel/ledger/attempt.ts';
import { placeHold } from '../kernel/ledger/hold.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { releaseDigest } from '../kernel/release.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { lint } from '../lint/lint.ts';
import { migrate } from '../migrate/migrate.ts';
import { preflight } from '../preflight/preflight.ts';
import { rehearse } from '../rehearse/rehearse.ts';
import { restorePoint } from '../restore-point/restore-point.ts';
import { smoke } from '../smoke/smoke.ts';

const modeSchema: z.ZodType<Mode> = z.enum(['first', 'forward', 'rollback', 'steady']);

interface AcceptFacts {
  /** The evidence of each gate before this one, as the ledger has it. */
  readonly evidence: readonly {
    readonly gate: string;
    readonly attempt: number;
    readonly digest: string | undefined;
  }[];
  /** Service → the revision with all traffic, now. */
  readonly serving: Readonly<Record<string, string>>;
}

/** Where the evidence of the gates before this one belongs. */
const files: Readonly<Record<string, string>> = {
  [preflight.name]: preflight.evidence.file,
  [lint.name]: lint.evidence.file,
  [guard.name]: guard.evidence.file,
  [rehearse.name]: rehearse.evidence.file,
  [restorePoint.name]: restorePoint.evidence.file,
  [migrate.name]: migrate.evidence.file,
  [candidate.name]: candidate.evidence.file,
  [smoke.name]: smoke.evidence.file,
  [flip.name]: flip.evidence.file,
};

/** Closes the evidence chain and writes the accepted record; a rollback puts forward promotion on hold (B11). */
export const accept = defineGate<GateInputs, AcceptFacts, { readonly at: string }>({
  name: 'accept',
  rules: 1,
  last: true,
  needs: Object.keys(files),
  inputs: gateInputs,
  evidence: {
    file: 'accept.json',
    body: z.object({
      mode: z.string(),
      revisions: z.record(z.string(), z.string()),
      migrations: z.array(z.object({ name: z.string(), sha256: z.string() })),
      historyDigest: z.string(),
    }),
  },
  deadlineSeconds: () => 60,
  subject: () => null,
  drift: async (world, { release }) => {
    const client = await world.database();
    const [current] = (await hasLedger(client)) ? await acceptedReleases(client) : [];
    return current?.releaseDigest === releaseDigest(release)
      ? undefined
      : `the accepted release is ${current?.sha ?? 'none'}`;
  },
  inspect,
  judge,
  act,
  conclude: () => [],
  report: (inputs) => ({
    mode: modeOf(inputs),
    revisions: revisionsOf(inputs),
    migrations: inputs.release.migrations.files.map(({ name, sha256 }) => ({ name, sha256 })),
    historyDigest: historyOf(inputs),
  }),
  data: (inputs) => ({ mode: modeOf(inputs), revisions: revisionsOf(inputs) }),
  summary: (inputs) => `release ${inputs.release.sha} is the accepted one (${modeOf(inputs)})`,
});

async function inspect(world: World, inputs: GateInputs): Promise<AcceptFacts> {
  const rows = await evidenceOfAttempts(
    await world.database(),
    inputs.receipts.map((receipt) => receipt.attempt),
  );
  const evidence = inputs.receipts.map(({ gate, attempt }) => {
    const text = rows.find((row) => row.id === attempt && row.gate === gate)?.evidence;
    return { gate, attempt, digest: typeof text === 'string' ? sha256(text) : undefined };
  });
  const { apps } = await world.platform();
  const serving: Record<string, string> = {};
  for (const [name, service] of Object.entries(inputs.release.services)) {
    if (service.ingress === 'none') {
      serving[name] = (await apps.listRevisions(name))
        .filter((each) => each.active)
        .map((each) => each.name)
        .join();
    } else {
      const traffic = (await apps.getApp(name))?.traffic ?? [];
      serving[name] = traffic
        .filter((each) => each.weight > 0)
        .map((each) => ('revisionName' in each ? each.revisionName : 'latest'))
        .join();
    }
  }
  return { evidence, serving };
}

function judge(facts: AcceptFacts, inputs: GateInputs): readonly Finding[] {
  const chain = facts.evidence.flatMap(({ gate, attempt, digest }) => {
    const wanted = receiptOf(inputs, gate).evidence;
    if (digest === wanted) return [];
    const found = digest === undefined ? `no evidence of attempt ${attempt}` : `evidence ${digest.slice(0, 12)}`;
    return [blocker('EVIDENCE_CHAIN_BROKEN', gate, found, `evidence ${wanted.slice(0, 12)}`)];
  });
  const serving = Object.entries(revisionsOf(inputs))
    .filter(([name, revision]) => facts.serving[name] !== revision)
    .map(([name, revision]) => blocker('SERVING_ANOTHER', name, facts.serving[name] || 'nothing', revision));
  return [...chain, ...serving];
}

async function act(world: World, inputs: GateInputs): Promise<{ at: string }> {
  const client = await world.database();
  const attempt = world.attempt?.id;
  if (attempt === undefined) throw new TypeError('accept acts only within an attempt');
  const { release, change, receipts } = inputs;
  const historyDigest = historyOf(inputs);
  const mode = modeOf(inputs);
  await client.query('begin');
  try {
    await writeAccepted(client, {
      sha: release.sha,
      releaseDigest: releaseDigest(release),
      release,
      mode,
      revisions: revisionsOf(inputs),
      historyDigest,
      owner: change.owner,
      ...(change.reviewer !== undefined && { reviewer: change.reviewer }),
      receipts,
      attempt,
    });
    for (const proven of z.array(z.string()).parse(receiptOf(inputs, 'smoke').data.proven)) {
      await writeProof(client, proven, historyDigest, attempt);
    }
    if (mode === 'rollback') await placeHold(client, release.sha);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  await writeFiles(world, inputs);
  return { at: world.now().toISOString() };
}

/** The release itself, for a replay, and every evidence file that this machine does not have: the ledger has them all. */
async function writeFiles(world: World, inputs: GateInputs): Promise<void> {
  const folder = join(projectRoot, inputs.artifacts, inputs.release.sha);
  await writeEvidence(join(folder, 'release.json'), `${JSON.stringify(inputs.release, null, 2)}\n`);
  const rows = await evidenceOfAttempts(
    await world.database(),
    inputs.receipts.map((receipt) => receipt.attempt),
  );
  for (const row of rows) {
    const file = files[row.gate];
    if (file !== undefined && row.evidence !== null) await writeEvidence(join(folder, file), row.evidence);
  }
}

function modeOf(inputs: GateInputs): Mode {
  return modeSchema.parse(receiptOf(inputs, 'preflight').data.mode);
}

function historyOf(inputs: GateInputs): string {
  return z.string().parse(receiptOf(inputs, 'migrate').data.historyDigest);
}

function revisionsOf(inputs: GateInputs): Record<string, string> {
  return z.record(z.string(), z.string()).parse(receiptOf(inputs, 'flip').data.revisions);
}
