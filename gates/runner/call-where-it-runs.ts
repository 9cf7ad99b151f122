import { randomUUID } from 'node:crypto';
import { platformAddressSchema } from '../kernel/addresses.ts';
import { findingsOf } from '../kernel/gate-error.ts';
import type { Promotion } from '../kernel/ledger/lease.ts';
import { nameError } from '../kernel/name-error.ts';
import { progressOf } from '../kernel/progress.ts';
import { type Away, type AwayMethod, answerOf, type ResourceProvider } from '../kernel/provider.ts';
import { redact } from '../kernel/redact.ts';
import { hasUnknown } from '../kernel/unknown.ts';
import { findingLine } from '../kernel/verdict.ts';
import { callInJob, type JobAddress } from './call-in-job.ts';

type Properties = Record<string, unknown>;

/** What a resource that does not say may take, in seconds. */
const defaultSeconds = 300;
/** One engine run is one provider process is one promotion. */
const promotionId = randomUUID();

/** Where a call of a provider is made: undefined for here. Only these ask something of the world. */
export function jobOf(method: keyof ResourceProvider, args: readonly unknown[]): JobAddress | undefined {
  if (!['check', 'create', 'update', 'read'].includes(method)) return undefined;
  const properties = (args.at(-1) ?? {}) as Properties & { refresh?: Properties };
  const parsed = platformAddressSchema.safeParse(properties.platform ?? properties.refresh?.platform);
  const gates = parsed.data?.azure?.gates;
  if (!parsed.success || gates?.runner !== 'job') return undefined;
  return { platform: parsed.data, job: gates.job, container: gates.container };
}

/**
 * Makes a provider's call as an execution of the gates' job: what needs no world is answered here. A check never throws,
 * and a refresh that cannot look leaves the state as it is, as where gates run in this process.
 */
export async function callThere(
  provider: ResourceProvider,
  address: JobAddress,
  { kind, method, args }: { readonly kind: string; readonly method: AwayMethod; readonly args: readonly unknown[] },
): Promise<unknown> {
  try {
    const away = provider.away?.(method, args) ?? awayByDefault(method, args);
    if (away === undefined) return await (provider[method] as (...given: readonly unknown[]) => unknown)(...args);
    if ('answer' in away) return away.answer;
    return await callInJob(address, { kind, method, args }, away, promotionOf(args));
  } catch (thrown) {
    const error = nameError(thrown, kind);
    switch (method) {
      case 'check': {
        const { drift: _past, ...asked } = (args[1] ?? {}) as Properties;
        return answerOf(asked, findingsOf(error, kind));
      }
      case 'read':
        progressOf(kind)(`not looked at: ${findingsOf(error, kind).map(findingLine).map(redact).join('; ')}`);
        return { id: args[0], props: args[1] };
      case 'create':
      case 'update':
        throw error;
      default:
        return method satisfies never;
    }
  }
}

/** What does not know its inputs yet looks at nothing, so its answer may come from here. */
function awayByDefault(method: AwayMethod, args: readonly unknown[]): Away | undefined {
  if (method === 'check' && hasUnknown(args[1])) return undefined;
  return { seconds: defaultSeconds, reads: [], writes: undefined };
}

function promotionOf(args: readonly unknown[]): Promotion {
  const { stack, release } = (args.at(-1) ?? {}) as { stack?: unknown; release?: { sha?: unknown } };
  return {
    id: promotionId,
    name: `sallyport up ${String(stack ?? '')} ${String(release?.sha ?? '').slice(0, 12)}`.trim(),
  };
}
