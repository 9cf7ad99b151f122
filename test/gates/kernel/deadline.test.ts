import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { poll, withDeadline } from '../../../gates/kernel/deadline.ts';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { interrupt } from '../../support/interrupt.ts';

const forever = () => new Promise<never>(() => undefined);

function isClosedBy(code: string, verdict: string) {
  return (error: unknown) => {
    assert.ok(error instanceof GateError);
    assert.equal(error.findings[0]?.code, code);
    assert.equal(error.verdict, verdict);
    return true;
  };
}

describe('a deadline', () => {
  it('gives what the work gives', async () => {
    assert.equal(await withDeadline('guard', 60, async () => 'done'), 'done');
  });

  it('gives the error of the work', async () => {
    await assert.rejects(
      withDeadline('guard', 60, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
  });

  it('ends work that does not listen, and its verdict is inconclusive', async () => {
    await assert.rejects(withDeadline('guard', 0.02, forever), isClosedBy('DEADLINE_EXCEEDED', 'inconclusive'));
  });

  it('tells work that listens, with the reason', async () => {
    let heard: unknown;
    const work = withDeadline('guard', 0.02, (signal) => {
      signal.addEventListener('abort', () => (heard = signal.reason));
      return forever();
    });
    await assert.rejects(work);
    isClosedBy('DEADLINE_EXCEEDED', 'inconclusive')(heard);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends the work at ${signal}, which is no verdict`, async () => {
      const work = withDeadline('guard', 60, forever);
      interrupt(signal);
      await assert.rejects(work, isClosedBy('ABORTED', 'inconclusive'));
    });
  }

  it('leaves no listener behind', async () => {
    const count = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = count();
    await withDeadline('guard', 60, async () => assert.equal(count(), before + 2));
    await assert.rejects(withDeadline('guard', 0.01, forever));
    assert.equal(count(), before);
  });

  it('does not let an error that comes after it end the process', async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => (fail = reject));
    await assert.rejects(
      withDeadline('guard', 0.01, () => late),
      isClosedBy('DEADLINE_EXCEEDED', 'inconclusive'),
    );
    fail(new Error('too late to matter'));
    await new Promise(setImmediate);
  });
});

describe('a poll', () => {
  it('looks until it sees something, and falsy things are something', async () => {
    for (const answer of ['there', 0, '', false, null]) {
      let looks = 0;
      const look = async () => (++looks < 3 ? undefined : answer);
      assert.equal(await poll(new AbortController().signal, 1, look), answer);
      assert.equal(looks, 3);
    }
  });

  it('ends with the reason of the signal, also in the middle of a pause', async () => {
    const controller = new AbortController();
    const polling = poll(controller.signal, 60_000, async () => undefined);
    await new Promise(setImmediate);
    controller.abort(new Error('the reason'));
    await assert.rejects(polling, /the reason/);
  });

  it('does not look at all once the signal has fired', async () => {
    let looks = 0;
    const polling = poll(AbortSignal.abort(new Error('the reason')), 1, async () => ++looks);
    await assert.rejects(polling, /the reason/);
    assert.equal(looks, 0);
  });

  it('ends with the error of a look', async () => {
    await assert.rejects(
      poll(new AbortController().signal, 1, () => Promise.reject(new Error('blind'))),
      /blind/,
    );
  });
});
