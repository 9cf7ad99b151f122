import { sha256 } from '../kernel/digest.ts';
import { findingsOf } from '../kernel/gate-error.ts';
import { actFor } from '../kernel/lease-promotion.ts';
import { nameError } from '../kernel/name-error.ts';
import { listenToProgress } from '../kernel/progress.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { redact, redactDeep } from '../kernel/redact.ts';
import { type Reply, type Request, sealed } from './exchange.ts';
import { collect, lay } from './project-files.ts';

/** Makes a provider's call in this process. */
export type MakeCall = (kind: string, method: Request['method'], args: readonly unknown[]) => Promise<unknown>;

/** Does what a request asks, and gives the reply to it. `text` is the request as it was written. */
export async function serveRequest(request: Request, text: string, execution: string, call: MakeCall): Promise<Reply> {
  const progress: string[] = [];
  const unlisten = listenToProgress((line) => progress.push(line));
  actFor(request.promotion);
  await lay(projectRoot, '', request.files);
  const of = { version: 1 as const, request: sha256(text), execution, progress };
  try {
    const answer = (await call(request.kind, request.method, request.args)) as Record<string, unknown>;
    const failures = request.method === 'check' ? (answer.failures as readonly unknown[]) : [];
    return sealed({ ...of, passed: failures.length === 0, answer, files: await changed(request) });
  } catch (error) {
    const findings = redactDeep([...findingsOf(nameError(error, request.kind), request.kind)]);
    const message = error instanceof Error ? redact(error.message) : undefined;
    return sealed({ ...of, passed: false, findings, message, files: await changed(request) });
  } finally {
    unlisten();
    actFor(undefined);
  }
}

/** The evidence that is new, or not as it came. */
async function changed({ files, writes }: Request) {
  if (writes === undefined) return [];
  const before = new Map(files.map(({ path, base64 }) => [path, base64]));
  return (await collect(projectRoot, [writes])).filter(({ path, base64 }) => before.get(path) !== base64);
}
