import { blocker, type Finding } from '../../kernel/verdict.ts';
import { at, listAt, notKnown } from '../look.ts';
import { azureType, type Resource } from '../resource.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';

/** `latestRevision`, or no traffic at all, moves production to a revision as soon as it is ready: past smoke and flip. */
export const namedRevisions: ResourceRule = {
  kind: 'resource',
  name: 'named-revisions',
  means: 'Apps have revision mode Multiple, and traffic goes to revisions by name.',
  judge: (resource) =>
    azureType(resource) === 'app:ContainerApp' ? [...judgeMode(resource), ...judgeTraffic(resource)] : [],
};

function judgeMode(resource: Resource): readonly Finding[] {
  const mode = at(resource.props, 'configuration', 'activeRevisionsMode');
  if (mode === 'Multiple') return [];
  if (mode === notKnown) return [notEvaluated(resource, 'activeRevisionsMode')];
  const found = `activeRevisionsMode ${mode ?? 'not given, which is Single'}`;
  return [blocker('POLICY_REVISIONS_MODE', resource.name, found, 'Multiple')];
}

function judgeTraffic(resource: Resource): readonly Finding[] {
  const ingress = at(resource.props, 'configuration', 'ingress');
  if (ingress === notKnown) return [notEvaluated(resource, 'ingress')];
  if (ingress === undefined || ingress === null) return [];
  const traffic = listAt(ingress, 'traffic');
  if (traffic === notKnown) return [notEvaluated(resource, 'traffic')];
  if (traffic.length === 0)
    return [goesToLatest(resource, 'ingress without traffic, which follows the latest revision')];
  return traffic.flatMap((entry) => judgeEntry(resource, entry));
}

function judgeEntry(resource: Resource, entry: unknown): readonly Finding[] {
  const latest = at(entry, 'latestRevision');
  const name = at(entry, 'revisionName');
  if (latest === notKnown || name === notKnown) return [notEvaluated(resource, 'a revision name in traffic')];
  if (latest === true) return [goesToLatest(resource, 'traffic to latestRevision')];
  return typeof name === 'string' && name !== '' ? [] : [goesToLatest(resource, 'traffic without revisionName')];
}

function goesToLatest(resource: Resource, found: string): Finding {
  return blocker('POLICY_LATEST_REVISION', resource.name, found, 'each entry of traffic with a revisionName');
}
