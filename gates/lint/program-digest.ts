import { join } from 'node:path';
import { digestOf } from '../kernel/digest.ts';
import { openDirectory } from '../migrate/migration-directory.ts';

/** Where all that judges a migration is. */
const judges = ['.', '../migrate', '../kernel'];

let known: string | undefined;

/** SHA-256 of the sources that judge: change a line of them, and nothing that was kept counts. */
export function programDigest(): string {
  known ??= digestOf(
    judges.map((folder) => {
      const directory = openDirectory(join(import.meta.dirname, folder));
      return directory.paths.map((file) => [file, directory.sha256(file)]);
    }),
  );
  return known;
}
