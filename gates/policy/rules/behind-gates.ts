import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import { type Acting, actingOf, gateOf } from '../acting.ts';
import { ancestors, dataAncestors } from '../ancestors.ts';
import { isCutoverJob } from '../cutover-job.ts';
import { isGatesJob } from '../gates-job.ts';
import { notKnown } from '../look.ts';
import { releasesOf } from '../release-of.ts';
import type { GraphResource } from '../resource.ts';
import { notEvaluated, type StackRule } from '../rule.ts';

/** Nothing that serves, no job and no shift of traffic that does not stand on data of the gates of the same release. */
export const behindGates: StackRule = {
  kind: 'stack',
  name: 'behind-gates',
  means: 'What serves, runs a job or shifts traffic takes what it does from gates that let this very release through.',
  judge: (resource) => {
    const acting = actingOf(resource);
    if (acting === undefined || isGatesJob(resource) === true) return [];
    if (acting === 'foreign') {
      const found = `a dynamic resource of type ${resource.type}, of which nobody but its author knows what it does`;
      return [warning('POLICY_NOT_EVALUATED', resource.name, found, 'a type that the policy knows')];
    }
    if (isGatesJob(resource) === notKnown) return [notEvaluated(resource, 'a command of the job that gates run in')];
    if (isCutoverJob(resource) === notKnown) return [notEvaluated(resource, "a command of a cutover's job")];
    const missing = Object.entries(acting).flatMap(([input, gates]) => missingGates(resource, input, gates));
    return missing.length > 0 ? missing : judgeReleases(resource, acting);
  },
};

function missingGates(resource: GraphResource, input: string, gates: readonly string[]): readonly Finding[] {
  const behind = gatesIn(dataAncestors(resource, input));
  const missing = gates.filter((gate) => !behind.has(gate));
  if (missing.length === 0) return [];
  const after = gatesIn(ancestors(resource));
  const ordered = missing.some((gate) => after.has(gate)) ? ', only an order, which --target goes around' : '';
  const found = `no data of ${missing.join(', ')} in ${input === '*' ? 'its inputs' : input}${ordered}`;
  return [blocker('POLICY_UNGATED', resource.name, found, 'what these gates gave for this release')];
}

function judgeReleases(resource: GraphResource, acting: Acting): readonly Finding[] {
  const behind = Object.keys(acting)
    .flatMap((input) => [...dataAncestors(resource, input)])
    .filter((ancestor) => gateOf(ancestor) !== undefined);
  const releases = new Set([resource, ...behind].flatMap((one) => [...releasesOf(one)]));
  if (releases.size > 1) {
    const named = [...releases].map((digest) => digest.slice(0, 12)).join(', ');
    return [blocker('POLICY_RELEASES_MIXED', resource.name, `gates of releases ${named}`, 'gates of one release')];
  }
  return releases.size === 1 || behind.length === 0 ? [] : [notEvaluated(resource, 'the release of its gates')];
}

function gatesIn(resources: ReadonlySet<GraphResource>): ReadonlySet<string> {
  return new Set([...resources].map(gateOf).filter((gate) => gate !== undefined));
}
