import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The first eight bytes of a client that asks for TLS. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** A connection to the server of a URL, with TLS where its `sslmode` asks for it. */
export async function upstream(url: URL): Promise<Socket> {
  const [host, port] = [url.hostname || '127.0.0.1', Number(url.port || 5432)];
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return socket;
  socket.write(sslRequest);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString() !== 'S') throw new Error(`${host}:${port} does not speak TLS, which sslmode=${mode} asks for`);
  const secure = connectTls({ socket, servername: host, rejectUnauthorized: mode !== 'require' });
  await once(secure, 'secureConnect');
  return secure;
}
