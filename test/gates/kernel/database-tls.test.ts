import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { connect } from '../../../gates/kernel/database.ts';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import type { Platform } from '../../../infra/platform.ts';
import { azureAddress } from '../../infra/azure/sample-address.ts';
import { selfSigned } from '../../support/self-signed.ts';

const secret = 'token-that-must-not-leave';

describe('a session with TLS', () => {
  let server: Server;
  let answer: 'S' | 'N';
  let heard: string;
  const platform = { address: azureAddress(), databasePassword: async () => secret } as unknown as Platform;

  beforeEach(async () => {
    heard = '';
    server = createServer((socket) => {
      // The first eight bytes ask for TLS; S grants it.
      socket.once('data', () => {
        socket.write(answer);
        if (answer === 'N') return void socket.on('data', (bytes) => (heard += bytes));
        const secure = new TLSSocket(socket, { isServer: true, ...selfSigned('localhost') });
        secure.on('data', (bytes) => (heard += bytes));
        secure.on('error', () => undefined); // the client's alert: it is what the test is about
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  for (const [name, reply, pattern] of [
    ['with a server that nobody vouches for', 'S', /self.signed certificate/],
    ['with a server that does not speak it', 'N', /does not support SSL/],
  ] as const) {
    it(`is not opened ${name}, and the password stays here`, async () => {
      answer = reply;
      const { port } = server.address() as AddressInfo;
      const address = { host: 'localhost', port, database: 'app', tls: true };
      await assert.rejects(connect(platform, address, 'gates', 'test'), (error) => {
        assert.ok(error instanceof GateError);
        assert.equal(error.findings[0]?.code, 'DATABASE_UNREACHABLE');
        assert.match(error.message, pattern);
        return true;
      });
      assert.equal(heard, '');
    });
  }

  it('is the only one that is opened with a database of Azure', async () => {
    const address = { host: 'production.postgres.example.com', port: 5432, database: 'app', tls: false };
    await assert.rejects(connect(platform, address, 'gates', 'test'), /INPUTS_INVALID .*found tls false/);
  });
});
