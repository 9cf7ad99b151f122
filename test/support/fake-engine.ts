import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { engineParts } from '../../tools/engine/engine-folder.ts';

/** Writes programs that answer like an engine of this version, or some of its parts; returns the folder. */
export async function writeEngine(
  folder: string,
  version: string,
  parts: readonly string[] = engineParts,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const part of parts) await writeProgram(folder, part, `echo v${version}`);
  return folder;
}

/** Writes a program that runs these shell lines; returns its path. */
export async function writeProgram(folder: string, name: string, lines: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${lines}\n`, { mode: 0o755 });
  return path;
}

/** Writes a `go` that "builds" an engine of this version and notes each build in `log`. */
export async function writeGo(folder: string, version: string, log: string, beforeWriting = ':'): Promise<string> {
  return writeProgram(
    folder,
    'go',
    `case "$1" in
list) exit 0 ;;
build)
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho v${version}\\n' > "$2"
  ${beforeWriting}
  chmod +x "$2"
  echo "$2" >> '${log}' ;;
esac`,
  );
}
