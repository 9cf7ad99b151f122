import { z } from 'zod';
import { GateError } from '../../gates/kernel/gate-error.ts';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { releaseDigest } from '../../gates/kernel/release.ts';
import { blocker, type Finding } from '../../gates/kernel/verdict.ts';
import type { World } from '../../gates/kernel/world.ts';
import { type ClearanceInputs, clearanceInputs, clearanceProvider } from './clearance.ts';
import { type AcceptedRevisions, templatesOf } from './templates.ts';

const inputs = clearanceInputs.extend({ domain: z.string(), clientId: z.string().optional() });

type Inputs = z.infer<typeof inputs>;

/** What is accepted as the ledger has it; absent before the first release. */
interface Seen extends Record<string, unknown> {
  readonly accepted?: AcceptedRevisions;
}

/** Clears what the container apps are declared with: image, environment, suffix and traffic. */
export const appClearanceProvider: ResourceProvider = clearanceProvider<Inputs, Seen>({
  name: 'azure-app-clearance',
  inputs,
  needs: ['preflight', 'lint', 'guard', 'rehearse', 'restore-point', 'migrate'],
  look,
  clear: ({ release, receipts, domain, clientId }, { accepted }) => {
    const of = (gate: string) => receipts.find((receipt) => receipt.gate === gate);
    const images = z.record(z.string(), z.string()).parse(of('guard')?.data.images);
    const attempt = z.number().parse(of('preflight')?.attempt);
    return { templates: templatesOf(release, images, accepted, attempt, domain, clientId) };
  },
  prepare,
});

async function look(world: World, inputs: Inputs): Promise<Seen> {
  const [newest] = await acceptedReleases(await world.database());
  if (newest === undefined) return {};
  const accepted = { release: newest.releaseDigest, revisions: { ...newest.revisions } };
  const lost = (await servingBeside(world, inputs, accepted)).filter(({ revision }) => revision === undefined);
  const findings = lost.map(({ name }): Finding => {
    const found = `no revision ${accepted.revisions[name]}, which release ${newest.sha} was accepted with`;
    return blocker('ACCEPTED_REVISION_LOST', name, found, 'the accepted revision, which keeps the traffic meanwhile');
  });
  if (findings.length > 0) throw new GateError(findings);
  return { accepted };
}

/** After a flip that was not accepted the accepted revision has drained; it takes the traffic back, so it has to run. */
async function prepare(world: World, inputs: Inputs, { accepted }: Seen): Promise<void> {
  if (accepted === undefined) return;
  const { apps } = await world.platform();
  for (const { name, revision } of await servingBeside(world, inputs, accepted)) {
    if (revision?.active !== false) continue;
    world.say(`${revision.name} is activated: it is the accepted one`);
    await apps.activateRevision(name, revision.name);
  }
}

/** The accepted revisions that are declared at 100 % beside this release's; none when it is itself the accepted one. */
async function servingBeside(world: World, { release }: ClearanceInputs, accepted: AcceptedRevisions) {
  if (accepted.release === releaseDigest(release)) return [];
  const { apps } = await world.platform();
  const beside = Object.entries(release.services).filter(([, { ingress }]) => ingress !== 'none');
  return Promise.all(
    beside.flatMap(([name]) => {
      const revision = accepted.revisions[name];
      return revision === undefined
        ? []
        : [apps.getRevision(name, revision).then((found) => ({ name, revision: found }))];
    }),
  );
}
