import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import type { MigrationFile } from '../kernel/release.ts';

const mark = /^\s*(?:--|\/\/|#)\s*irreversible:[ \t]*(\S.*)$/im;

/** Why a migration has no way back, as its text says it; undefined where it says nothing. */
export function irreversibleReason(text: string): string | undefined {
  return mark.exec(text)?.[1]?.trim();
}

/** The texts of migrations, by name, out of an image; one is found by its file's name and content, wherever the image has it. */
export async function textsOf(image: string, files: readonly MigrationFile[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const entries = await readdir(image, { recursive: true, withFileTypes: true });
  for (const file of files) {
    for (const entry of entries.filter((each) => each.isFile() && each.name === file.file.split('/').at(-1))) {
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      if (sha256(text) === file.sha256) texts.set(file.name, text);
    }
  }
  return texts;
}
