import { type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** What would act by itself on what a cutover does is named. */
export function triggers({ source }: PreflightFacts): readonly Finding[] {
  const always = source.relations.flatMap(({ name, alwaysTriggers }) =>
    alwaysTriggers.map((trigger) => ({ about: `${trigger} on ${name}` })),
  );
  const quiet = 'one that does nothing a second time';
  return [
    ...always.map(({ about }) => warning('TRIGGER_ALWAYS', about, 'a trigger that replicated rows fire too', quiet)),
    ...source.eventTriggers.map((name) =>
      warning('EVENT_TRIGGER', name, 'an event trigger that is on', 'one that lets indexes and publications be made'),
    ),
  ];
}
