import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { ArmFailure } from './arm-failure.ts';

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const STREAM_TOKEN_MS = 60 * 60 * 1000;

/**
 * Lets in who holds the environment's token and asks for a loopback host by name: a page in a browser that resolves
 * its own name to 127.0.0.1 has neither.
 */
export function requireAccess(token: string): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!LOOPBACK_HOST.test(host)) {
      throw new ArmFailure(
        403,
        'HostNotAllowed',
        'Only a loopback Host header is served: 127.0.0.1, localhost or [::1].',
      );
    }
    const given = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    if (given === undefined) {
      throw new ArmFailure(
        401,
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
      );
    }
    const isStream = context.req.path.endsWith('/logstream') && isStreamToken(token, given);
    if (!isStream && !isSame(token, given)) {
      throw new ArmFailure(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
    }
    await next();
  };
}

/** A token for log streams only, good for an hour. */
export function streamToken(token: string): { token: string; expires: Date } {
  const expires = new Date(Date.now() + STREAM_TOKEN_MS);
  return { token: `${expires.getTime()}.${sign(token, expires.getTime())}`, expires };
}

function isStreamToken(token: string, given: string): boolean {
  const [expires = '', signature = ''] = given.split('.');
  return Number(expires) > Date.now() && isSame(sign(token, Number(expires)), signature);
}

function sign(token: string, expires: number): string {
  return createHmac('sha256', token).update(`log-stream ${expires}`).digest('base64url');
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [expected, given].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
