import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from './environment-error.ts';
import { environmentPaths } from './environment-paths.ts';
import { namesIfThere, readIfThere, writeAtomic } from './write-atomic.ts';

const SECRET_NAME = /^[a-z0-9]([a-z0-9-]{0,125}[a-z0-9])?$/;
const REFERENCE = 'local://secrets/';

function secretFile(directory: string, name: string): string {
  if (!SECRET_NAME.test(name)) {
    throw new EnvironmentError(
      'SECRET_NAME',
      `"${name}" is no secret's name: use lower-case letters, digits and hyphens`,
    );
  }
  return join(environmentPaths(directory).secrets, name);
}

/** Keeps a secret in the environment, in a 0600 file; containers reach it as `local://secrets/NAME`. */
export async function putSecret(directory: string, name: string, value: string): Promise<void> {
  await writeAtomic(secretFile(directory, name), value);
}

/** The secret's value; fails with SECRET_MISSING when the environment has none of that name. */
export async function readSecret(directory: string, name: string): Promise<string> {
  const value = await readIfThere(secretFile(directory, name));
  if (value === undefined) {
    throw new EnvironmentError(
      'SECRET_MISSING',
      `the environment in ${directory} has no secret "${name}"; put it there with putSecret`,
    );
  }
  return value;
}

/** The secret's value; undefined when the environment has none of that name. */
export function findSecret(directory: string, name: string): Promise<string | undefined> {
  return readIfThere(secretFile(directory, name));
}

/** Forgets a secret; one that is not there is forgotten. */
export async function removeSecret(directory: string, name: string): Promise<void> {
  await rm(secretFile(directory, name), { force: true });
}

/** Every secret value that the environment holds, and of an address also the password in it: none of them may be printed. */
export async function secretValues(directory: string): Promise<readonly string[]> {
  const folder = environmentPaths(directory).secrets;
  const names = await namesIfThere(folder);
  const values = await Promise.all(
    names.filter((name) => SECRET_NAME.test(name)).map((name) => readIfThere(join(folder, name))),
  );
  return values.flatMap((value) => {
    if (!value) return [];
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : '';
    return password === '' ? [value] : [value, password];
  });
}

/** The secret's value, made at random when there is none; two callers at once get the same value. */
export async function ensureSecret(directory: string, name: string): Promise<string> {
  const file = secretFile(directory, name);
  const existing = await readIfThere(file);
  if (existing !== undefined) return existing;
  await mkdir(environmentPaths(directory).secrets, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readSecret(directory, name);
}

/** The name in a `local://secrets/NAME` reference, or undefined when it is another kind of reference. */
export function secretOfReference(keyVaultUrl: string): string | undefined {
  const name = keyVaultUrl.startsWith(REFERENCE) ? keyVaultUrl.slice(REFERENCE.length) : '';
  return SECRET_NAME.test(name) ? name : undefined;
}
