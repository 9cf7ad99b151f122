import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parsePgoutput, textOf } from '../../../../gates/verify/touched/pgoutput.ts';

const int32 = (value: number) => Buffer.from([0, 0, 0, value]);
const int16 = (value: number) => Buffer.from([0, value]);
const value = (text: string) => Buffer.concat([Buffer.from('t'), int32(Buffer.byteLength(text)), Buffer.from(text)]);
const row = (...values: readonly Buffer[]) => Buffer.concat([int16(values.length), ...values]);
const message = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

const whole: Readonly<Record<string, Buffer>> = {
  relation: message('R', int32(7), 'public\0', 'plain\0', 'd', int16(1), Buffer.from([1]), 'id\0', int32(23), int32(0)),
  insert: message('I', int32(7), 'N', row(value('ä'), Buffer.from('n'))),
  update: message('U', int32(7), 'K', row(value('1')), 'N', row(value('2'), Buffer.from('u'))),
  delete: message('D', int32(7), 'O', row(value('1'))),
  truncate: message('T', int32(2), Buffer.from([0]), int32(7), int32(8)),
};

// Against real servers: feed.test.ts. Here is what those do not send.
describe('a message of pgoutput', () => {
  for (const [kind, bytes] of Object.entries(whole)) {
    it(`of kind ${kind} is read whole`, () => {
      assert.equal(parsePgoutput(bytes).kind, kind);
    });

    it(`of kind ${kind} that was cut anywhere, or goes on, is an error`, () => {
      for (let length = 0; length < bytes.length; length += 1) {
        assert.throws(() => parsePgoutput(bytes.subarray(0, length)), `cut after ${length} bytes`);
      }
      assert.throws(() => parsePgoutput(message(bytes, '\0')), /1 bytes after the end/);
    });
  }

  it('has the values before and after, and tells NULL from a value that was not sent', () => {
    const update = parsePgoutput(whole.update as Buffer);
    assert.ok(update.kind === 'update');
    assert.deepEqual(
      update.old?.map((each) => each && textOf(each)),
      ['1'],
    );
    assert.deepEqual(
      update.row.map((each) => each && textOf(each)),
      ['2', undefined],
    );
    const insert = parsePgoutput(whole.insert as Buffer);
    assert.ok(insert.kind === 'insert');
    assert.deepEqual(
      insert.row.map((each) => each && textOf(each)),
      ['ä', null],
    );
  });

  const unknown: readonly (readonly [string, Buffer, RegExp])[] = [
    ['of a kind that is not known', message('S', int32(1)), /a message of kind "S"/],
    ['with a binary value', message('I', int32(7), 'N', row(message('b', int32(1), 'x'))), /a value of kind b/],
    ['with another row than a new one', message('I', int32(7), 'K', row(value('1'))), /a new row of kind K/],
    ['that deletes a new row', message('D', int32(7), 'N', row(value('1'))), /a delete with a row of kind N/],
  ];
  for (const [what, bytes, error] of unknown) {
    it(`${what} is an error`, () => {
      assert.throws(() => parsePgoutput(bytes), error);
    });
  }

  it('keeps a byte order mark, and refuses what is not UTF-8', () => {
    assert.equal(textOf(Buffer.from('\ufeffx')), '\ufeffx');
    assert.throws(() => textOf(Buffer.from([0xc3])), TypeError);
  });
});
