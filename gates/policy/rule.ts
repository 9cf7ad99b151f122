import { type Finding, warning } from '../kernel/verdict.ts';
import type { GraphResource, Resource } from './resource.ts';

/** Settings of a rule, from `--policy-pack-config`. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * A rule over one resource: pure, and asked before the engine touches it. A BLOCKER refuses it; a WARNING says where the
 * rule could not look, since a value is not known before the update, when it is asked again.
 */
export interface ResourceRule {
  readonly kind: 'resource';
  readonly name: string;
  readonly means: string;
  readonly settings?: Readonly<Record<string, { readonly type: 'string'; readonly enum?: string[] }>>;
  judge(resource: Resource, settings: Settings): readonly Finding[];
}

/** A rule over a resource and all it stands on: pure, and asked when the whole graph is known. */
export interface StackRule {
  readonly kind: 'stack';
  readonly name: string;
  readonly means: string;
  judge(resource: GraphResource): readonly Finding[];
}

export type Rule = ResourceRule | StackRule;

/** Says where a rule could not look. */
export function notEvaluated(resource: Resource, what: string): Finding {
  return warning('POLICY_NOT_EVALUATED', resource.name, `${what} that is not known in this preview`, 'its value');
}
