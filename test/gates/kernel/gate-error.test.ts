import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { findingsOf, GateError, gateError, messageOf } from '../../../gates/kernel/gate-error.ts';
import { nameError } from '../../../gates/kernel/name-error.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import { ArmError } from '../../../infra/container-apps/arm-error.ts';

describe('the error of a gate', () => {
  it('reads as its findings, without secrets', () => {
    const error = gateError('DATABASE_UNREACHABLE', 'db', 'postgres://a:bcde@db refused', 'a session');
    assert.match(
      error.message,
      /^BLOCKER DATABASE_UNREACHABLE db: found postgres:\/\/a:\[secret\]@db refused; needed a/,
    );
    assert.equal(error.verdict, 'errored');
  });

  it('keeps its findings when it is caught as just an error', () => {
    const error = gateError('PROMOTION_IN_PROGRESS', 'lock', 'held', 'free');
    assert.equal(findingsOf(error, 'guard'), error.findings);
  });
});

describe('any other error', () => {
  for (const thrown of [new Error('broken: token=hunter2'), 'text', undefined, null, 5, new AggregateError([])]) {
    it(`blocks as UNEXPECTED: ${String(thrown)}`, () => {
      const findings = findingsOf(thrown, 'guard');
      assert.equal(findings[0]?.code, 'UNEXPECTED');
      assert.equal(verdictOf(findings), 'errored');
      assert.doesNotMatch(findings[0]?.found ?? '', /hunter2/);
    });
  }

  for (const [thrown, message] of [
    [new Error('outer', { cause: new Error('inner') }), 'outer (inner)'],
    [new AggregateError([new Error('one'), new Error('two')], 'both'), 'one; two'],
    [new RangeError(''), 'RangeError'],
    ['just text', 'just text'],
  ] as const) {
    it(`says ${message}`, () => assert.equal(messageOf(thrown), message));
  }
});

describe('naming an error', () => {
  const database = new pg.DatabaseError('terminating connection', 10, 'error');
  const socket = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  for (const [thrown, code] of [
    [
      new ArmError('start: boom', { status: 500, code: 'InternalServerError', transient: true }),
      'PLATFORM_UNREACHABLE',
    ],
    [new ArmError('start: no', { code: 'NETWORK', transient: true }), 'PLATFORM_UNREACHABLE'],
    [new ArmError('put: no', { status: 403, code: 'AuthorizationFailed', transient: false }), 'PLATFORM_FORBIDDEN'],
    [new ArmError('put: late', { code: 'OPERATION_DEADLINE', transient: true }), 'OPERATION_UNFINISHED'],
    [
      new ArmError('read: no token', {
        code: 'GateError',
        transient: false,
        cause: gateError('CREDENTIAL_MISSING', 'scope', 'nobody', 'somebody'),
      }),
      'CREDENTIAL_MISSING',
    ],
    [database, 'DATABASE_UNREACHABLE'],
    [new Error('Connection terminated unexpectedly'), 'DATABASE_UNREACHABLE'],
    [new Error('Client has encountered a connection error and is not queryable'), 'DATABASE_UNREACHABLE'],
    [socket, 'DATABASE_UNREACHABLE'],
    [gateError('LOCK_NOT_GRANTED', 'a', 'b', 'c'), 'LOCK_NOT_GRANTED'],
    [new Error('something else'), undefined],
  ] as const) {
    it(`makes "${thrown.message.slice(0, 40)}" ${code ?? 'nothing else'}`, () => {
      const named = nameError(thrown, 'guard');
      if (code === undefined) assert.equal(named, thrown);
      else assert.equal(named instanceof GateError && named.findings[0]?.code, code);
    });
  }
});
