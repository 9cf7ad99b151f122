import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a proxy does with a request: pass it on, answer it itself (with the request lost, or passed on and its answer
 * lost), or cut the connection after passing it on.
 */
export type Treatment =
  | 'pass'
  | 'cut after passing'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly passOn: boolean };

/** Starts a proxy in front of an HTTP address that treats each request as it is told to. */
export async function faultyProxy(target: string, treat: (method: string, path: string) => Treatment) {
  const server = createServer((incoming, answer) => {
    const treatment = treat(incoming.method ?? '', incoming.url ?? '');
    if (treatment === 'pass') return void forward(target, incoming, answer);
    const respond = () => {
      if (treatment === 'cut after passing') return incoming.socket.destroy();
      const { status, headers = {} } = treatment;
      answer.writeHead(status, { 'content-type': 'application/json', ...headers });
      answer.end('{"error":{"code":"Injected","message":"a fault of the test"}}');
    };
    if (treatment !== 'cut after passing' && !treatment.passOn) return void incoming.resume().on('end', respond);
    void forward(target, incoming).then(respond);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Passes a request on; its answer too, where there is somebody to give it to. */
async function forward(target: string, incoming: IncomingMessage, answer?: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', target);
  const outgoing = request(url, { method: incoming.method, headers: { ...incoming.headers, host: url.host } });
  incoming.pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  if (answer === undefined) {
    response.resume();
  } else {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  }
  await once(response, 'end');
}
