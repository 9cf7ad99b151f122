import { rmSync } from 'node:fs';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MakeCall } from './serve-request.ts';

/** Exit codes of a job: passed, blocked (the reply says why), or no reply was left. */
const codes = { passed: 0, blocked: 1, noReply: 2 };

/**
 * Runs the request that this execution was started for, and exits: 0 only for a reply that says passed and has been
 * written. `open` loads what makes the calls, after the process has a project root of its own.
 */
export async function runRequest(open: () => Promise<MakeCall>): Promise<never> {
  try {
    const { SALLYPORT_REQUEST: id, SALLYPORT_REQUEST_SHA256: digest, SALLYPORT_EXCHANGE: container } = process.env;
    const execution = process.env.CONTAINER_APP_JOB_EXECUTION_NAME;
    if (!id || !digest || !container || !execution) {
      throw new Error('this program is started by a gate that runs as a job: it needs SALLYPORT_REQUEST and its kin');
    }
    const { azureCredential } = await import('../kernel/azure-credential.ts');
    const { openBlobFolder } = await import('./blob-folder.ts');
    const { sha256 } = await import('../kernel/digest.ts');
    const { requestSchema } = await import('./exchange.ts');
    const blobs = openBlobFolder(container, await azureCredential(undefined));
    const text = await blobs.get(`requests/${id}.json`);
    if (text === undefined || sha256(text) !== digest) {
      throw new Error(`the request ${id} is ${text === undefined ? 'not there' : 'not the one this was started for'}`);
    }
    process.env.SALLYPORT_ROOT = await ownRoot();
    const { keepConfiguration } = await import('../kernel/configuration.ts');
    keepConfiguration({ get: secretFromEnvironment });
    const { serveRequest } = await import('./serve-request.ts');
    const reply = await serveRequest(requestSchema.parse(JSON.parse(text)), text, execution, await open());
    await blobs.put(`replies/${id}.json`, JSON.stringify(reply));
    return process.exit(reply.passed ? codes.passed : codes.blocked);
  } catch (error) {
    const { redact } = await import('../kernel/redact.ts');
    const { messageOf } = await import('../kernel/gate-error.ts');
    console.error(`sallyport: FAILED: ${redact(messageOf(error))}`);
    return process.exit(codes.noReply);
  }
}

/** The image's own folder cannot be written to, and what is left in it would be there for nobody. */
async function ownRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-gate-'));
  // A container goes with its files, a machine keeps them.
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  // Migrations that are programs find their packages from where they lie.
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'));
  return root;
}

/** `sallyport:smoke-token` is SALLYPORT_SECRET_SMOKE_TOKEN of the job, by a reference of the platform's. */
function secretFromEnvironment(key: string): string | undefined {
  const name = key
    .replace(/^sallyport:/, '')
    .replaceAll(/[^A-Za-z0-9]/g, '_')
    .toUpperCase();
  return process.env[`SALLYPORT_SECRET_${name}`];
}
