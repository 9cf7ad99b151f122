import type { Socket } from 'node:net';
import { backendPid, errorField, type Frame, frames, readyState } from './frames.ts';

/** What the server answered to one request: all up to its ReadyForQuery, which `ready` is. */
export interface Exchange {
  readonly answers: readonly Frame[];
  readonly ready: Frame;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The server's side of a traced connection. */
export interface ServerSide {
  /** `I` outside of a transaction, `T` in one, `E` in a failed one. */
  state: string;
  pid: number;
  send(bytes: Buffer): void;
  /**
   * Sends, and gives all answers up to ReadyForQuery instead of handing them on. The next one may be sent before this one
   * is answered, unless it is a COPY: the server would take it for a part of that.
   */
  exchange(bytes: Buffer): Promise<Exchange>;
  end(): void;
}

/** During COPY both sides talk: from one of these on, answers are handed on at once. */
const copying: ReadonlySet<string> = new Set(['G', 'H', 'W']);

/** Reads the server's messages: those nobody waits for go to the client. */
export function serverSide(socket: Socket, toClient: (bytes: Buffer) => void): ServerSide {
  const cut = frames(false);
  const waiting: {
    answers: Frame[];
    direct: boolean;
    error?: Exchange['error'];
    done(exchange: Exchange): void;
    failed(error: Error): void;
  }[] = [];
  const fail = (reason: Error) => {
    for (const { failed } of waiting.splice(0)) failed(reason);
  };
  const side: ServerSide = {
    state: 'I',
    pid: 0,
    send: (bytes) => void socket.write(bytes),
    exchange: (bytes) =>
      new Promise((done, failed) => {
        waiting.push({ answers: [], direct: false, done, failed });
        // What is sent in one go, leaves in one packet.
        if (socket.writableCorked === 0) {
          socket.cork();
          process.nextTick(() => socket.uncork());
        }
        socket.write(bytes);
      }),
    end: () => socket.end(),
  };
  socket.on('data', (chunk) => {
    for (const frame of cut.push(chunk)) take(frame);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the shadow ended the connection')));
  const take = (frame: Frame) => {
    if (frame.type === 'K') side.pid = backendPid(frame);
    if (frame.type === 'Z') side.state = readyState(frame);
    const [first] = waiting;
    if (first === undefined) return toClient(frame.bytes);
    if (frame.type === 'E') first.error ??= { code: errorField(frame, 'C'), message: errorField(frame, 'M') };
    if (frame.type === 'Z') {
      waiting.shift();
      const { answers, error, done } = first;
      return done({ answers, ready: frame, ...(error && { error }) });
    }
    if (copying.has(frame.type) && !first.direct) {
      first.direct = true;
      for (const { bytes } of first.answers.splice(0)) toClient(bytes);
    }
    if (first.direct) toClient(frame.bytes);
    else first.answers.push(frame);
  };
  return side;
}
