import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { Json } from './arm-world.ts';

/** What the endpoint can be made to do wrong, after what users of the platform reported. */
export type FaultKind =
  /** 500, and nothing is done. */
  | 'error'
  /** 500, and it is done all the same. */
  | 'lost-answer'
  /** 429 with Retry-After. */
  | 'throttled'
  /** 409: another operation is under way. */
  | 'in-progress'
  /** The order is taken; its operation never ends, and nothing is done. */
  | 'hung'
  /** Executions that start from now on say Running, though their program has ended. */
  | 'running-after-end'
  /** No log stream. */
  | 'no-logs'
  /** A revision that was there is not there any more. */
  | 'lost-revision'
  /** 401: the token is no good any more. */
  | 'token-expired'
  /** 503 for everything. */
  | 'outage';

/** A fault in force: for calls whose `METHOD path` matches, as often as said. */
export interface Fault {
  readonly kind: FaultKind;
  /** Every call when it is absent. */
  readonly on?: RegExp;
  /** And whose body matches, where this is there. */
  readonly body?: RegExp;
  /** For ever when it is absent. */
  times?: number;
}

/** The faults of an endpoint, which tests set and lift. */
export interface Faults {
  inject(fault: Fault): Fault;
  lift(fault: Fault): void;
  /** How often each kind was hit: a fault that nothing met has tested nothing. */
  readonly hits: Readonly<Partial<Record<FaultKind, number>>>;
  readonly middleware: MiddlewareHandler;
}

/** No faults, to begin with. */
export function openFaults(): Faults {
  const active = new Set<Fault>();
  const hits: Partial<Record<FaultKind, number>> = {};
  const hung = new Set<string>();
  let began = '';

  const meet = async (c: Context): Promise<Fault | undefined> => {
    const call = `${c.req.method} ${c.req.path}`;
    // Read once and kept: whoever answers the call reads it again.
    const text = [...active].some(({ body }) => body !== undefined) ? await c.req.text() : '';
    const fault = [...active].find(
      ({ kind, on, body }) => (on?.test(call) ?? true) && (body?.test(text) ?? true) && concerns(kind, c),
    );
    if (fault === undefined) return undefined;
    hits[fault.kind] = (hits[fault.kind] ?? 0) + 1;
    if (fault.times !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) active.delete(fault);
    }
    return fault;
  };

  return {
    hits,
    inject: (fault) => {
      active.add(fault);
      began = new Date().toISOString();
      return fault;
    },
    lift: (fault) => void active.delete(fault),
    middleware: async (c, next) => {
      const operation = /\/operation(?:Statuses|Results)\/([^/]+)$/.exec(c.req.path)?.[1];
      if (operation !== undefined && hung.has(operation)) return stillUnderWay(c, operation);
      const kind = (await meet(c))?.kind;
      switch (kind) {
        case undefined:
          return next();
        case 'error':
          return refuse(c, 500, 'InternalServerError', 'Encountered internal server error.');
        case 'lost-answer':
          await next();
          c.res = refuse(c, 500, 'InternalServerError', 'Encountered internal server error.');
          return;
        case 'throttled':
          return refuse(c, 429, 'TooManyRequests', 'The request is being throttled.', { 'retry-after': '1' });
        case 'in-progress':
          return refuse(c, 409, 'ContainerAppOperationInProgress', 'There is an operation in progress.');
        case 'token-expired':
          return refuse(c, 401, 'ExpiredAuthenticationToken', 'The access token expiry UTC time has passed.');
        case 'outage':
          return refuse(c, 503, 'ServiceUnavailable', 'The service is unavailable.');
        case 'no-logs':
          return refuse(c, 404, 'ResourceNotFound', 'There is no replica any more.');
        case 'hung': {
          const id = randomUUID();
          hung.add(id);
          const { origin, search } = new URL(c.req.url);
          const at = (kind: string) => `${origin}/operations/${kind}/${id}${search}`;
          const headers = { location: at('operationResults'), 'azure-asyncoperation': at('operationStatuses') };
          if (c.req.method === 'PUT') return c.json((await c.req.json()) as Json, 201, headers);
          return c.body(null, 202, { location: headers.location });
        }
        case 'running-after-end':
          await next();
          return change(c, ({ properties, value, ...rest }) => ({
            ...rest,
            ...(properties && { properties: running(properties, began) }),
            ...(value && { value: value.map((one: Json) => ({ ...one, properties: running(one.properties, began) })) }),
          }));
        case 'lost-revision':
          if (/\/revisions\/[^/]+/.test(c.req.path)) return refuse(c, 404, 'RevisionNotFound', 'It is not there.');
          await next();
          return change(c, (answer) => ({ ...answer, value: answer.value.slice(0, -1) }));
        default:
          return kind satisfies never;
      }
    },
  };
}

/** Some faults are of one kind of call, whatever else the pattern lets through. */
function concerns(kind: FaultKind, { req: { method, path } }: Context): boolean {
  switch (kind) {
    case 'running-after-end':
      return method === 'GET' && /\/jobs\/[^/]+\/executions(\/[^/]+)?$/.test(path);
    case 'no-logs':
      return /\/(replicas|getAuthToken|logstream)$/i.test(path);
    case 'lost-revision':
      return method === 'GET' && /\/revisions(\/|$)/.test(path);
    case 'hung':
      return method !== 'GET';
    default:
      return true;
  }
}

function stillUnderWay(c: Context, id: string): Response {
  if (c.req.path.includes('/operationResults/')) {
    return c.body(null, 202, { location: c.req.url, 'retry-after': '0' });
  }
  return c.json({ id: c.req.path, name: id, status: 'InProgress' }, 200, { 'retry-after': '0' });
}

async function change(c: Context, by: (answer: Json) => Json): Promise<void> {
  if (c.res.status !== 200) return;
  const changed = by((await c.res.clone().json()) as Json);
  c.res = c.json(changed);
}

function running(shown: Json, since: string): Json {
  if (shown.startTime < since) return shown;
  const { endTime: _end, reason: _reason, message: _message, detailedStatus: _detail, ...properties } = shown;
  return { ...properties, status: 'Running' };
}

function refuse(
  c: Context,
  status: 401 | 404 | 409 | 429 | 500 | 503,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return c.json({ error: { code, message } }, status, headers);
}
