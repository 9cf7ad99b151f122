import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';

/**
 * How the pooler treats its clients. `share`: a server's session is given to whoever asks, and taken back after each
 * transaction; without it each client has one to itself. `options`: what becomes of settings that a client opens with.
 */
export interface PoolerManner {
  readonly share: boolean;
  readonly options: 'refuse' | 'drop' | 'pass';
  readonly transactions?: 'refuse';
  /** Sessions of the server, at most. */
  readonly size?: number;
}

interface Backend {
  readonly stream: Socket;
  client: Socket | undefined;
}

/**
 * A small pooler for tests, before a real server: it speaks PostgreSQL's protocol, lets every client in, and passes messages
 * between it and a session of the server that it opened itself. https://www.postgresql.org/docs/current/protocol.html
 */
export async function startPooler(url: string, manner: PoolerManner) {
  const backends: Backend[] = [];
  const clients = new Set<Socket>();
  const waiting: (() => void)[] = [];

  async function open(options: string | undefined): Promise<Backend> {
    const client = new pg.Client({ connectionString: url, ...(options !== undefined && { options }) });
    client.on('error', () => undefined);
    await client.connect();
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners('data');
    const backend: Backend = { stream, client: undefined };
    let rest = Buffer.alloc(0);
    stream.on('data', (data: Buffer) => {
      const { client: asker } = backend;
      asker?.write(data);
      rest = Buffer.concat([rest, data]);
      for (; rest.length >= 5 && rest.length > rest.readInt32BE(1); rest = rest.subarray(1 + rest.readInt32BE(1))) {
        const idle = rest[0] === 0x5a && rest[5] === 0x49; // ReadyForQuery, outside of a transaction
        if (idle && manner.share) {
          backend.client = undefined;
          waiting.shift()?.();
        }
      }
    });
    backends.push(backend);
    return backend;
  }

  /** The session used last that is free, a new one, or the first that becomes free. */
  async function take(asker: Socket, options: string | undefined): Promise<Backend> {
    for (;;) {
      const free = manner.share ? backends.findLast((backend) => backend.client === undefined) : undefined;
      if (free !== undefined || backends.length < (manner.size ?? 10)) {
        const taken = free ?? (await open(options));
        taken.client = asker;
        return taken;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  async function serve(socket: Socket): Promise<void> {
    const [first] = (await once(socket, 'data')) as [Buffer];
    const options = /\0options\0([^\0]+)\0/.exec(first.toString('latin1'))?.[1];
    if (options !== undefined && manner.options === 'refuse') {
      socket.end(failure('unsupported startup parameter: options'));
      return;
    }
    const own = manner.options === 'pass' ? options : undefined;
    let mine = manner.share ? undefined : await take(socket, own);
    const key = Buffer.alloc(8);
    key.writeInt32BE(randomInt(2 ** 31 - 1));
    socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('K', key), message('Z', Buffer.from('I'))]));
    let order = Promise.resolve();
    socket.on('data', (data: Buffer) => {
      order = order.then(async () => {
        if (data[0] === 0x58) return;
        if (manner.transactions === 'refuse' && data.toString('latin1', 5).startsWith('begin')) {
          socket.write(Buffer.concat([failure('transaction blocks not allowed'), message('Z', Buffer.from('I'))]));
          return;
        }
        if (mine === undefined || mine.client !== socket) mine = await take(socket, own);
        mine.stream.write(data);
      });
    });
  }

  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('error', () => undefined);
    void serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = new URL(url);
  address.port = String((server.address() as AddressInfo).port);
  const close = async () => {
    for (const { stream } of backends) stream.destroy();
    for (const client of clients) client.destroy();
    server.close();
    await once(server, 'close');
  };
  return { url: address.href, close };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function failure(text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${text}\0\0`));
}
