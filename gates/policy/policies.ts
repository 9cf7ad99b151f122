import type { Policies, PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { type Finding, findingLine } from '../kernel/verdict.ts';
import type { GraphResource, Resource } from './resource.ts';
import type { ResourceRule, Rule, Settings, StackRule } from './rule.ts';
import { rules } from './rules.ts';

/**
 * The rules as the engine wants them, two policies a rule: one mandatory, for what it refuses, and one advisory, for where
 * it could not look. A policy that reads an unknown value itself would be turned into an advice as a whole.
 */
export const policies: Policies = rules.flatMap((rule) => [refusing(rule), saying(rule)]);

function refusing(rule: Rule): Policies[number] {
  const { name, means: description } = rule;
  return { name, description, enforcementLevel: 'mandatory', ...validation(rule, 'BLOCKER') };
}

function saying(rule: Rule): Policies[number] {
  const { name, means: description } = rule;
  return { name: `${name}-not-evaluated`, description, enforcementLevel: 'advisory', ...validation(rule, 'WARNING') };
}

type Validation =
  | Pick<ResourceValidationPolicy, 'validateResource' | 'configSchema'>
  | Pick<StackValidationPolicy, 'validateStack'>;

function validation(rule: Rule, severity: Finding['severity']): Validation {
  switch (rule.kind) {
    case 'resource':
      return validateResource(rule, severity);
    case 'stack':
      return validateStack(rule, severity);
    default:
      return rule satisfies never;
  }
}

function validateResource(rule: ResourceRule, severity: Finding['severity']): Validation {
  return {
    ...(rule.settings && { configSchema: { properties: { ...rule.settings } } }),
    validateResource: (args, report) => {
      const findings = rule.judge(resourceOf(args), args.getConfig<Settings>());
      tell(findings, severity, (line) => report(line));
    },
  };
}

function validateStack(rule: StackRule, severity: Finding['severity']): Validation {
  return {
    validateStack: ({ resources }, report) => {
      for (const resource of graphOf(resources)) {
        tell(rule.judge(resource), severity, (line) => report(line, resource.urn));
      }
    },
  };
}

function tell(findings: readonly Finding[], severity: Finding['severity'], report: (line: string) => void): void {
  for (const finding of findings) if (finding.severity === severity) report(findingLine(finding));
}

function graphOf(resources: readonly PolicyResource[]): readonly GraphResource[] {
  const made = new Map<string, GraphResource>();
  const make = (resource: PolicyResource): GraphResource => {
    const known = made.get(resource.urn);
    if (known !== undefined) return known;
    const dependencies: GraphResource[] = [];
    const data: Record<string, readonly GraphResource[]> = {};
    const graphResource = { ...resourceOf(resource), dependencies, data };
    made.set(resource.urn, graphResource);
    dependencies.push(...resource.dependencies.map(make));
    for (const [input, given] of Object.entries(resource.propertyDependencies)) data[input] = given.map(make);
    return graphResource;
  };
  return resources.map(make);
}

type Given = Pick<PolicyResource, 'type' | 'name' | 'urn' | 'props' | 'opts'>;

function resourceOf({ type, name, urn, props, opts }: Given): Resource {
  return { type, name, urn, props: plain(props) as Resource['props'], protect: opts.protect };
}

/**
 * The engine's values as they are. What a policy is given throws where a value is unknown, which ends the whole policy;
 * property descriptors go past that, and the rules have a word of their own for it.
 */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([, { enumerable }]) => enumerable);
  const list = Array.isArray(value);
  return list
    ? members.map(([, member]) => plain(member.value))
    : Object.fromEntries(members.map(([key, member]) => [key, plain(member.value)]));
}
