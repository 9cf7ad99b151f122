/** A relation as pgoutput announces it, before the first of its rows. */
export interface PgoutputRelation {
  readonly kind: 'relation';
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relreplident: d default, n nothing, f full, i index. */
  readonly identity: string;
  /** `key`: in the replica identity. */
  readonly columns: readonly { readonly name: string; readonly key: boolean }[];
}

/** The bytes of a value's text; null is NULL, undefined an unchanged value that was not sent. */
export type PgoutputValue = Uint8Array | null | undefined;

/** The values of a row, in the order of its relation's columns. */
export type PgoutputRow = readonly PgoutputValue[];

/** What a message says of rows; all that says nothing of them is `passed over`. */
export type PgoutputMessage =
  | PgoutputRelation
  /** The rows up to the next one are of the transaction whose commit is at this position. */
  | { readonly kind: 'begin'; readonly commit: bigint }
  | { readonly kind: 'insert'; readonly relation: string; readonly row: PgoutputRow }
  | { readonly kind: 'update'; readonly relation: string; readonly old?: PgoutputRow; readonly row: PgoutputRow }
  | { readonly kind: 'delete'; readonly relation: string; readonly old: PgoutputRow }
  | { readonly kind: 'truncate'; readonly relations: readonly string[] }
  | { readonly kind: 'passed over' };

/** Commit, origin, type, message: nothing of rows in them. */
const passedOver: ReadonlySet<string> = new Set(['C', 'O', 'Y', 'M']);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses one message of plugin pgoutput, protocol version 1, that was sent as text in UTF-8.
 * @throws Error for whatever it does not know, or that is not as long as it says.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export function parsePgoutput(bytes: Buffer): PgoutputMessage {
  const reader = readerOf(bytes);
  const kind = reader.letter();
  if (passedOver.has(kind)) return { kind: 'passed over' };
  const message = parseBody(kind, reader);
  if (reader.left() > 0) throw new Error(`${reader.left()} bytes after the end of a message ${kind}`);
  return message;
}

/** The text of a value. @throws TypeError when it is not UTF-8. */
export function textOf(value: Uint8Array): string {
  return decoder.decode(value);
}

type Reader = ReturnType<typeof readerOf>;

function parseBody(kind: string, reader: Reader): PgoutputMessage {
  switch (kind) {
    case 'B': {
      const commit = reader.int64();
      reader.int64(); // when it was
      reader.int32(); // and its number
      return { kind: 'begin', commit };
    }
    case 'R':
      return relation(reader);
    case 'I': {
      const oid = reader.oid();
      return { kind: 'insert', relation: oid, row: newRow(reader, reader.letter()) };
    }
    case 'U': {
      const oid = reader.oid();
      const which = reader.letter();
      if (which !== 'K' && which !== 'O') return { kind: 'update', relation: oid, row: newRow(reader, which) };
      const old = row(reader);
      return { kind: 'update', relation: oid, old, row: newRow(reader, reader.letter()) };
    }
    case 'D': {
      const oid = reader.oid();
      const which = reader.letter();
      if (which !== 'K' && which !== 'O') throw new Error(`a delete with a row of kind ${which}`);
      return { kind: 'delete', relation: oid, old: row(reader) };
    }
    case 'T': {
      const count = reader.int32();
      reader.letter(); // cascade, restart identity
      return { kind: 'truncate', relations: Array.from({ length: count }, () => reader.oid()) };
    }
    default:
      throw new Error(`a message of kind ${JSON.stringify(kind)}`);
  }
}

function relation(reader: Reader): PgoutputRelation {
  const [oid, schema, name, identity] = [reader.oid(), reader.string(), reader.string(), reader.letter()];
  const columns = Array.from({ length: reader.int16() }, () => {
    const flags = reader.letter().charCodeAt(0);
    const column = { name: reader.string(), key: (flags & 1) === 1 };
    reader.oid(); // its type
    reader.int32(); // and that one's modifier
    return column;
  });
  return { kind: 'relation', oid, schema, name, identity, columns };
}

function newRow(reader: Reader, which: string): PgoutputRow {
  if (which !== 'N') throw new Error(`a new row of kind ${which}`);
  return row(reader);
}

function row(reader: Reader): PgoutputRow {
  const values: PgoutputValue[] = [];
  for (let left = reader.int16(); left > 0; left -= 1) values.push(value(reader));
  return values;
}

function value(reader: Reader): PgoutputValue {
  const kind = reader.letter();
  switch (kind) {
    case 't':
      return reader.bytes(reader.int32());
    case 'n':
      return null;
    case 'u':
      return undefined;
    default:
      throw new Error(`a value of kind ${kind}`);
  }
}

/** Reads on from where it is; what is not there is a RangeError. */
function readerOf(buffer: Buffer) {
  let at = 0;
  const bytes = (length: number): Uint8Array => {
    if (length < 0 || at + length > buffer.length)
      throw new RangeError(`a message that ends after ${buffer.length} bytes`);
    at += length;
    return buffer.subarray(at - length, at);
  };
  const advance = (length: number): number => {
    bytes(length);
    return at - length;
  };
  return {
    bytes,
    left: () => buffer.length - at,
    letter: () => String.fromCharCode(buffer.readUInt8(advance(1))),
    int16: () => buffer.readUInt16BE(advance(2)),
    int32: () => buffer.readInt32BE(advance(4)),
    int64: () => buffer.readBigUInt64BE(advance(8)),
    oid: () => String(buffer.readUInt32BE(advance(4))),
    string: () => {
      const end = buffer.indexOf(0, at);
      if (end < 0) throw new RangeError('a text without an end');
      const text = textOf(bytes(end - at));
      advance(1);
      return text;
    },
  };
}
