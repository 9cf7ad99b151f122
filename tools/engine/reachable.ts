import http from 'node:http';
import https from 'node:https';

/** Whether a HEAD of the address is answered with success within the bound; a proxy in the environment is used. */
export function isReachable(url: string, env: NodeJS.ProcessEnv, boundMs = 3_000): Promise<boolean> {
  const { request, Agent } = url.startsWith('https:') ? https : http;
  return new Promise((resolve) => {
    const head = request(
      url,
      { method: 'HEAD', agent: new Agent({ proxyEnv: env }), signal: AbortSignal.timeout(boundMs) },
      (answer) => {
        answer.resume();
        const status = answer.statusCode ?? 500;
        resolve(status >= 200 && status < 400);
      },
    );
    head.on('error', () => resolve(false));
    head.end();
  });
}
