import type { z } from 'zod';
import { digestOf } from './digest.ts';
import { findingsOf } from './gate-error.ts';
import { nameError } from './name-error.ts';
import { answerOf, type ResourceProvider } from './provider.ts';
import { reply } from './reply.ts';
import { hasUnknown } from './unknown.ts';
import type { Finding } from './verdict.ts';

type Properties = Record<string, unknown>;

/** Something of a platform that is brought to what is declared, and again when somebody changed it there. */
export interface Declared<Inputs> {
  /** How findings call it. */
  readonly name: string;
  readonly inputs: z.ZodType<Inputs>;
  id(inputs: Inputs): string;
  /** What of the inputs makes it another one. */
  wanted(inputs: Inputs): unknown;
  /** What keeps it from being declared, before anything is asked of the platform. @throws GateError for more of it. */
  problems?(inputs: Inputs): readonly Finding[];
  /** How it differs from what was declared; undefined where it does not. */
  drift(inputs: Inputs): Promise<string | undefined>;
  /** Brings it about, and gives what the resource tells of it. Idempotent. */
  declare(inputs: Inputs): Promise<Properties>;
  /** Takes it away; without this it stays when the resource goes. */
  remove?(outputs: Properties): Promise<void>;
}

/** The provider of what is declared. What is new, or declared otherwise than before, has not drifted. */
export function declaredProvider<Inputs>(declared: Declared<Inputs>): ResourceProvider {
  const { name, inputs: schema, remove } = declared;
  const digest = (properties: Properties) => {
    const parsed = schema.safeParse(properties);
    return parsed.success ? digestOf(declared.wanted(parsed.data)) : undefined;
  };
  const declare = async (news: Properties) =>
    reply({ ...(await declared.declare(schema.parse(news))), declared: digest(news) });
  return {
    check: async (olds, news) => {
      const { drift: _past, ...asked } = news;
      if (hasUnknown(asked)) return { inputs: asked, failures: [] };
      try {
        const inputs = schema.parse(asked);
        const problems = declared.problems?.(inputs) ?? [];
        const asks = problems.length === 0 && digest(olds) === digest(asked);
        const drift = asks ? await declared.drift(inputs) : undefined;
        return answerOf(drift === undefined ? asked : { ...asked, drift }, problems);
      } catch (error) {
        return answerOf(asked, findingsOf(nameError(error, name), name));
      }
    },
    diff: async (_id, olds, news) => ({
      changes: news.drift !== undefined || hasUnknown(news) || olds.declared !== digest(news),
    }),
    create: async (news) => ({ id: declared.id(schema.parse(news)), outs: await declare(news) }),
    update: async (_id, _olds, news) => ({ outs: await declare(news) }),
    ...(remove && { delete: (_id: string, outputs: Properties) => remove(outputs) }),
  };
}
