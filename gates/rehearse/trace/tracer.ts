import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Frame, frames } from './frames.ts';
import { traceSession } from './trace-session.ts';
import type { TracedStatement } from './traced.ts';
import { upstream } from './upstream.ts';

/** Stands between a migration tool and the shadow, and writes down what each statement does. */
export interface Tracer {
  /** The shadow's URL, by way of the tracer. */
  readonly url: string;
  /** What was traced since this was asked last. @throws Error when the trace itself failed: it then tells nothing. */
  take(): readonly TracedStatement[];
  close(): Promise<void>;
}

const asksForEncryption: ReadonlySet<number> = new Set([80_877_103, 80_877_104]);
/** Messages that belong to a request under way, and must not wait for its end. */
const partOfCopy: ReadonlySet<string> = new Set(['d', 'c', 'f']);

/**
 * A tracer before the database of `url`. It speaks PostgreSQL's own protocol, so that it sees every statement of every
 * tool, in whatever language the migration is written, and at the moment at which it has run.
 */
export async function openTracer(url: string): Promise<Tracer> {
  const target = new URL(url);
  let traced: TracedStatement[] = [];
  let failure: Error | undefined;
  let transactions = 0;
  const sockets = new Set<Socket>();
  const fail = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };
  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.on('error', () => client.destroy()); // a tool that ends without a word
    client.on('close', () => sockets.delete(client));
    serve(client).catch((error: unknown) => {
      fail(error);
      client.destroy();
    });
  });

  const serve = async (client: Socket) => {
    const socket = await upstream(target);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      client.end();
    });
    const session = traceSession(socket, {
      url,
      toClient: (bytes) => void client.write(bytes),
      record: (statement) => void traced.push(statement),
      takeBack: () => void traced.pop(),
      transaction: () => (transactions += 1),
    });
    client.on('close', () => socket.destroy());
    const cut = frames(true);
    let turn: Promise<void> = Promise.resolve();
    const take = async (frame: Frame) => {
      if (frame.type === '' && asksForEncryption.has(frame.bytes.readInt32BE(4))) {
        cut.again();
        client.write('N');
      } else await session.take(frame);
    };
    client.on('data', (chunk) => {
      for (const frame of cut.push(chunk)) {
        if (partOfCopy.has(frame.type)) session.server.send(frame.bytes);
        else {
          turn = turn
            .then(() => take(frame))
            .catch((error: unknown) => {
              // A tool that ends in the middle of a statement ends its session with it; that is no failure of the trace.
              if (!client.destroyed) fail(error);
              client.destroy();
            });
        }
      }
    });
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  through.searchParams.delete('sslmode');
  return {
    url: through.href,
    take: () => {
      if (failure !== undefined) throw failure;
      const taken = traced;
      traced = [];
      return taken;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
