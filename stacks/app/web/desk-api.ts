import type { z } from 'zod';
import { CaseList, EventList, HoldList, Overview, Score } from '../contract.ts';

const TIMEOUT_MILLISECONDS = 8_000;

/** The API as the pages use it. */
export interface DeskApi {
  overview(): Promise<z.infer<typeof Overview>>;
  events(): Promise<z.infer<typeof EventList>['events']>;
  score(id: string): Promise<z.infer<typeof Score>>;
  cases(status?: string): Promise<z.infer<typeof CaseList>['cases']>;
  holds(): Promise<z.infer<typeof HoldList>['holds']>;
  closeCase(id: string, resolution: string): Promise<void>;
  placeHold(subject: string, reason: string): Promise<void>;
  releaseHold(id: string): Promise<void>;
}

/** The API said no, or could not be reached; `status` is what the page answers with. */
export class DeskApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Talks to the API at its address. */
export function openDeskApi(url: string, token: string): DeskApi {
  return {
    overview: () => read('/overview', Overview),
    events: async () => (await read('/events', EventList)).events,
    score: (id) => read(`/events/${encodeURIComponent(id)}/score`, Score),
    cases: async (status) =>
      (await read(status ? `/cases?status=${encodeURIComponent(status)}` : '/cases', CaseList)).cases,
    holds: async () => (await read('/holds', HoldList)).holds,
    closeCase: (id, resolution) => post(`/cases/${encodeURIComponent(id)}/close`, { resolution }),
    placeHold: (subject, reason) => post('/holds', { subject, reason }),
    releaseHold: (id) => post(`/holds/${encodeURIComponent(id)}/release`),
  };

  async function read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    const parsed = schema.safeParse(await ask(path));
    if (parsed.success) return parsed.data;
    throw new DeskApiError(502, `The API's answer to ${path} is not understood`);
  }

  async function post(path: string, body: object = {}): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const answer = await fetch(new URL(path, url), { ...init, signal }).catch(() => undefined);
    if (!answer) throw new DeskApiError(502, 'The API cannot be reached');
    const body = await answer.json().catch(() => undefined);
    if (answer.ok) return body;
    const detail = (body as { detail?: string } | undefined)?.detail ?? `The API answered ${answer.status}`;
    throw new DeskApiError(answer.status >= 500 ? 502 : answer.status, detail);
  }
}
