/** A message of PostgreSQL's wire protocol: its type and the whole of its bytes. */
export interface Frame {
  /** One letter; '' for the first message of a client, which has none. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream of bytes into messages. `begins` says that the first one has no type, as a client's first has none. */
export function frames(begins: boolean): { push(chunk: Buffer): Frame[]; again(): void } {
  let rest: Buffer = Buffer.alloc(0);
  let untyped = begins;
  const next = (): Frame | undefined => {
    const head = untyped ? 0 : 1;
    if (rest.length < head + 4) return undefined;
    const length = head + rest.readInt32BE(head);
    if (rest.length < length) return undefined;
    const frame = { type: untyped ? '' : String.fromCharCode(rest[0] ?? 0), bytes: rest.subarray(0, length) };
    rest = rest.subarray(length);
    untyped = false;
    return frame;
  };
  return {
    push: (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const found: Frame[] = [];
      for (let frame = next(); frame !== undefined; frame = next()) found.push(frame);
      return found;
    },
    again: () => {
      untyped = true;
    },
  };
}

/** A Query message. */
export function queryFrame(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** The SQL of a Query message. */
export function queryText({ bytes }: Frame): string {
  return bytes.subarray(5, bytes.length - 1).toString();
}

/** The statement's name and the SQL of a Parse message. */
export function parseTexts({ bytes }: Frame): { name: string; sql: string } {
  const end = bytes.indexOf(0, 5);
  return {
    name: bytes.subarray(5, end).toString(),
    sql: bytes.subarray(end + 1, bytes.indexOf(0, end + 1)).toString(),
  };
}

/** The name of the statement that a Bind message is for. */
export function boundName({ bytes }: Frame): string {
  const portalEnd = bytes.indexOf(0, 5);
  return bytes.subarray(portalEnd + 1, bytes.indexOf(0, portalEnd + 1)).toString();
}

/** The only value of a row of one column, as text. */
export function onlyValue({ bytes }: Frame): string {
  return bytes.subarray(11).toString();
}

/** A field of an ErrorResponse: `C` is the SQLSTATE, `M` the message. */
export function errorField({ bytes }: Frame, field: string): string {
  for (let at = 5; at < bytes.length && bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at + 1);
    if (String.fromCharCode(bytes[at] ?? 0) === field) return bytes.subarray(at + 1, end).toString();
    at = end + 1;
  }
  return '';
}

/** The transaction's state in a ReadyForQuery: `I` none, `T` in one, `E` in a failed one. */
export function readyState({ bytes }: Frame): string {
  return String.fromCharCode(bytes[5] ?? 0);
}

/** The process id in a BackendKeyData. */
export function backendPid({ bytes }: Frame): number {
  return bytes.readInt32BE(5);
}
