import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from '../kernel/digest.ts';

/** Reads what was kept under a basis; undefined when it is not there, of another basis, or not whole. */
export async function readKept(path: string, basis: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => ''); // not there yet, or unreadable: everything is judged anew
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  return end >= 0 && text.slice(0, end) === headOf(basis, body) ? JSON.parse(body) : undefined;
}

/** Keeps a JSON value under a basis, in a file that is the old one or the new one at every moment. */
export async function writeKept(path: string, basis: string, value: unknown): Promise<void> {
  const body = JSON.stringify(value);
  const draft = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, `${headOf(basis, body)}\n${body}`);
  await rename(draft, path);
}

/** The first line: what the rest stands on, and that it is all there. */
function headOf(basis: string, body: string): string {
  return sha256(`${basis}\n${sha256(body)}`);
}
