import { processWorkers } from '../../cutover/work/process-workers.ts';
import { sessionsTo } from '../open-side.ts';
import type { VerificationRequest } from '../verification.ts';
import { digestByWorkers } from './digest-by-workers.ts';

/** What digests for a request: what it brings itself, as many processes as its settings ask for, or nothing but the run's sessions. */
export function digestOfRequest(request: VerificationRequest): VerificationRequest['digest'] {
  const { runId, settings, source, target, progress } = request;
  if (request.digest !== undefined || settings.processes === 0) return request.digest;
  return digestByWorkers({
    runId,
    open: sessionsTo(target, `sallyport verify ${runId}`),
    start: processWorkers(settings.processes, { source, target }),
    boundSeconds: settings.minutes * 60,
    say: progress,
  });
}
