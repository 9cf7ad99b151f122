import pg from 'pg';
import { ArmError } from '../../infra/container-apps/arm-error.ts';
import { GateError, gateError, messageOf } from './gate-error.ts';

/** Gives errors of the platform and the database their reason code; what has one, or none fits, stays as it is. */
export function nameError(error: unknown, about: string): unknown {
  if (error instanceof GateError) return error;
  if (error instanceof ArmError) {
    // Of a call that never went out for want of a token.
    if (error.cause instanceof GateError) return error.cause;
    const found = `${error.status ?? 'no answer'} ${error.code}: ${error.message}`;
    if (error.code === 'OPERATION_DEADLINE') {
      return gateError('OPERATION_UNFINISHED', about, found, 'an operation that ends', error);
    }
    if (error.status === 401 || error.status === 403) {
      return gateError('PLATFORM_FORBIDDEN', about, found, 'an identity that may do this', error);
    }
    return gateError('PLATFORM_UNREACHABLE', about, found, 'an answer from the platform', error);
  }
  if (error instanceof pg.DatabaseError || isConnectionError(error)) {
    return gateError('DATABASE_UNREACHABLE', about, messageOf(error), 'an answer from the database', error);
  }
  return error;
}

function isConnectionError(error: unknown): boolean {
  return (
    error instanceof Error &&
    // A session's socket is the only one that a gate reads by itself; ARM and HTTP calls name their own errors.
    (('code' in error && ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(String(error.code))) ||
      /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(error.message))
  );
}
