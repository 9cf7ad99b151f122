import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service does with a request instead of answering it. */
type Fault = { readonly status: number; readonly code: string; readonly passOn?: boolean };

/**
 * The blob service of a storage account on loopback, for the calls of gates: block blobs in one shot, conditional on not
 * being there, read, removed. As strict as the original about version, length, blob type and token; its errors have
 * its shapes and codes. Its one container is `container`.
 */
export async function blobService(token: string, container = 'gates') {
  const state = {
    /** Name → text. */
    blobs: new Map<string, string>(),
    /** Method and blob of every request, in order. */
    asked: [] as string[],
    /** What is wrong with requests that were refused. To ask for a blob that is not there is no wrong. */
    refused: [] as string[],
    /** Asked of every request; what it gives is done instead of, or with `passOn` after, what was asked. */
    fault: undefined as ((method: string, blob: string) => Fault | undefined) | undefined,
    /** Called with a blob's text when it is written; what it gives is kept. */
    onPut: undefined as ((blob: string, text: string) => string) | undefined,
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, folder = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const blob = rest.join('/');
    const body = Buffer.concat(await request.toArray()).toString('utf8');
    const method = request.method ?? '';
    state.asked.push(`${method} ${blob}`);
    const refuse = (status: number, code: string, why: string) => {
      state.refused.push(`${method} ${blob}: ${status} ${code} ${why}`);
      fail(response, method, status, code, why);
    };
    const wrong = wrongWith(request, url, token, body);
    if (wrong !== undefined) return refuse(...wrong);
    if (folder !== container) return refuse(404, 'ContainerNotFound', 'The specified container does not exist.');
    const fault = state.fault?.(method, blob);
    if (fault !== undefined && fault.passOn !== true)
      return fail(response, method, fault.status, fault.code, 'a fault');
    const found = state.blobs.get(blob);
    const answer = () => {
      if (method === 'PUT') {
        if (request.headers['if-none-match'] === '*' && found !== undefined)
          return refuse(409, 'BlobAlreadyExists', 'The specified blob already exists.');
        state.blobs.set(blob, state.onPut?.(blob, body) ?? body);
        return send(response, 201);
      }
      if (found === undefined) return fail(response, method, 404, 'BlobNotFound', 'The specified blob does not exist.');
      if (method === 'DELETE') {
        state.blobs.delete(blob);
        return send(response, 202);
      }
      return sendBlob(request, response, method, found);
    };
    if (fault === undefined) return answer();
    if (method === 'PUT') state.blobs.set(blob, body);
    fail(response, method, fault.status, fault.code, 'a fault after it was done');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${container}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function wrongWith(
  request: IncomingMessage,
  url: URL,
  token: string,
  body: string,
): [number, string, string] | undefined {
  const { headers, method = '' } = request;
  if (headers.authorization === undefined) return [401, 'NoAuthenticationInformation', 'no authorization header'];
  if (headers.authorization !== `Bearer ${token}`) return [403, 'AuthenticationFailed', 'not the token of the account'];
  const version = headers['x-ms-version'];
  if (version === undefined || version < '2017-11-09')
    return [400, 'InvalidHeaderValue', 'x-ms-version is too old for tokens'];
  if (!/^(\?timeout=\d+)?$/.test(url.search)) return [400, 'InvalidQueryParameterValue', url.search];
  if (!['GET', 'HEAD', 'PUT', 'DELETE'].includes(method)) return [405, 'UnsupportedHttpVerb', method];
  if (method !== 'PUT') return undefined;
  if (headers['x-ms-blob-type'] !== 'BlockBlob') return [400, 'MissingRequiredHeader', 'x-ms-blob-type'];
  if (headers['content-length'] === undefined) return [411, 'MissingContentLengthHeader', 'content-length'];
  if (Number(headers['content-length']) !== Buffer.byteLength(body))
    return [400, 'InvalidHeaderValue', 'content-length'];
  const condition = headers['if-none-match'];
  return condition === undefined || condition === '*' ? undefined : [400, 'InvalidHeaderValue', 'if-none-match'];
}

/** The client asks for a range, and is told how much there is. */
function sendBlob(request: IncomingMessage, response: ServerResponse, method: string, text: string): void {
  const content = Buffer.from(text);
  const range = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers['x-ms-range'] ?? request.headers.range ?? ''));
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(range?.[2] ? Number(range[2]) : content.length - 1, content.length - 1);
  const part = range === null ? content : content.subarray(from, to + 1);
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'accept-ranges': 'bytes', 'content-length': String(part.length) };
  const ranged = { ...headers, 'content-range': `bytes ${from}-${to}/${content.length}` };
  send(response, range === null ? 200 : 206, range === null ? headers : ranged, method === 'HEAD' ? undefined : part);
}

function send(response: ServerResponse, status: number, headers: Record<string, string> = {}, body?: Buffer): void {
  const common = {
    'x-ms-request-id': randomUUID(),
    'x-ms-version': '2025-05-05',
    etag: '"0x8D"',
    'last-modified': new Date().toUTCString(),
  };
  response.writeHead(status, { ...common, ...headers });
  response.end(body);
}

function fail(response: ServerResponse, method: string, status: number, code: string, why: string): void {
  const text = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${why}</Message></Error>`;
  const headers = { 'x-ms-error-code': code, 'content-type': 'application/xml' };
  send(response, status, headers, method === 'HEAD' ? undefined : Buffer.from(text));
}
