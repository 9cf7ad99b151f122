import { processWorkers } from '../../cutover/work/process-workers.ts';
import type { ContentOptions } from '../compare-content.ts';
import { sessionsTo } from '../open-side.ts';
import type { VerificationRequest } from '../verification.ts';
import { digestByWorkers } from './digest-by-workers.ts';

/** Who digests for a request, and how many on each side: sessions of this process, processes, or workers of a job. */
export interface DigestedBy {
  readonly kind: 'here' | 'processes' | 'job';
  readonly workers: number;
}

/** Who digests for a request. */
export function digestedBy({ job, settings }: Pick<VerificationRequest, 'job' | 'settings'>): DigestedBy {
  if (job !== undefined) return { kind: 'job', workers: job.workers };
  if (settings.processes > 0) return { kind: 'processes', workers: settings.processes };
  return { kind: 'here', workers: settings.workers };
}

/** What digests for a request: a job or processes where it asks for them; undefined for the run's own sessions. */
export function digestOfRequest(request: VerificationRequest): ContentOptions['digest'] {
  const { runId, settings, source, target, progress, job } = request;
  const { kind, workers } = digestedBy(request);
  if (kind === 'here') return undefined;
  return digestByWorkers({
    runId,
    open: sessionsTo(target, `sallyport verify ${runId}`),
    start: job?.start ?? processWorkers(workers, { source, target }),
    boundSeconds: settings.minutes * 60,
    say: progress,
  });
}
