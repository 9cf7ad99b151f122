import { blocker } from '../../kernel/verdict.ts';
import { at, notKnown } from '../look.ts';
import { migrationToolIn } from '../migration-commands.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';

/** Commands that do what only gates may: start a job, shift traffic, put an app. */
const mutations: Readonly<Record<string, RegExp>> = {
  'az containerapp': /\baz\s+containerapp\s+(up|create|update|delete|compose|ingress|revision|job|secret|registry)\b/,
  'az rest': /\baz\s+(rest|resource)\b.*\bMicrosoft\.(App|DBforPostgreSQL)\b/i,
  'az deployment': /\baz\s+(deployment|stack)\s+\w+\s+(create|delete)\b/,
  'az postgres': /\baz\s+postgres\s+flexible-server\s+(create|update|delete|restore|execute|stop|restart)\b/,
  azd: /\bazd\s+(up|deploy|provision|down)\b/,
  kubectl: /\bkubectl\s+(apply|create|set|rollout|scale|patch|replace|delete|run)\b/,
};

const lines = ['create', 'update', 'delete'] as const;

/** `@pulumi/command` runs anything. What is known to change production in it is refused; the guard's checks are not. */
export const noCommandAround: ResourceRule = {
  kind: 'resource',
  name: 'no-command-around',
  means: 'No command resource starts a job, shifts traffic, puts an app or runs a migration.',
  judge: (resource) => {
    if (!/^command:(local|remote):/.test(resource.type)) return [];
    return lines.flatMap((line) => {
      const text = at(resource.props, line);
      if (text === notKnown) return [notEvaluated(resource, line)];
      if (typeof text !== 'string') return [];
      const kind = Object.entries(mutations).find(([, pattern]) => pattern.test(text))?.[0] ?? migrationToolIn(text);
      if (kind === undefined) return [];
      return [blocker('POLICY_COMMAND', resource.name, `${kind} in ${line}`, 'the gate that does it')];
    });
  },
};
