import { setTimeout as delay } from 'node:timers/promises';
import { ArmError } from './arm-error.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';

const CONFLICT_TRIES = 8;

/** Makes one call; whatever goes wrong comes out as an {@link ArmError} that says what was being done. */
export async function callArm<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asArmError(doing, error);
  }
}

/** Like {@link callArm}, and what is not there is undefined. */
export async function callArmIfThere<T>(doing: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await callArm(doing, call);
  } catch (error) {
    if (error instanceof ArmError && error.status === 404) return undefined;
    throw error;
  }
}

/** Runs a long-running operation to its end, or gives up at the context's deadline with OPERATION_DEADLINE. */
export async function callUntil<T>(
  context: ContainerAppsContext,
  doing: string,
  call: (options: { abortSignal: AbortSignal; updateIntervalInMs: number }) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(context.operationSeconds * 1000);
  try {
    return await callArm(doing, () => call({ abortSignal: deadline, updateIntervalInMs: context.pollMs }));
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new ArmError(`${doing}: the operation did not end within ${context.operationSeconds} s`, {
      code: 'OPERATION_DEADLINE',
      transient: true,
      cause: error,
    });
  }
}

/** Repeats `call` while another modification is in progress (409), a bounded number of times. */
export async function retryConflict<T>(context: ContainerAppsContext, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ArmError && error.status === 409) || attempt >= CONFLICT_TRIES) throw error;
      await delay(Math.min(context.pollMs * 2 ** attempt, context.pollMs * 10));
    }
  }
}

function asArmError(doing: string, error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  const details = error as {
    message?: string;
    name?: string;
    code?: string;
    statusCode?: number | string;
    details?: { error?: { code?: string; message?: string } };
    response?: { parsedBody?: unknown; bodyAsText?: string | null };
  };
  const status = details.statusCode === undefined ? undefined : Number(details.statusCode);
  const body = details.details?.error ?? errorOfBody(details.response?.bodyAsText);
  const code = body?.code ?? details.code ?? (status === undefined ? 'NETWORK' : `HTTP_${status}`);
  const isNetwork = status === undefined && (details.name === 'RestError' || isSocketCode(details.code));
  return new ArmError(`${doing}: ${code}: ${body?.message ?? details.message ?? String(error)}`, {
    status,
    code,
    transient: isNetwork || status === 408 || status === 429 || (status !== undefined && status >= 500),
    cause: error,
  });
}

function isSocketCode(code: string | undefined): boolean {
  return /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_|EHOST|ENET|REQUEST_SEND_ERROR|UND_ERR)/.test(code ?? '');
}

function errorOfBody(text: string | null | undefined): { code?: string; message?: string } | undefined {
  try {
    return (JSON.parse(text ?? '') as { error?: { code?: string; message?: string } }).error;
  } catch {
    return undefined;
  }
}
