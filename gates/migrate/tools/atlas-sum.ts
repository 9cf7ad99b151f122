import { createHash } from 'node:crypto';
import type { DirectoryProblem, MigrationDirectory } from './migration-tool.ts';
import { byText, flat } from './versions.ts';

const sumFile = 'atlas.sum';
/** In the first line only. */
const ignored = /^[ -~]*atlas:sum +ignore(?![ -~])/;
const needed = 'an atlas.sum of these files (atlas migrate hash, in a reviewed commit)';

/** What `atlas.sum` says against the files beside it: each line's hash is over all files up to it, the first over the lines. */
export function atlasSumProblems({ paths, read }: MigrationDirectory): readonly DirectoryProblem[] {
  if (!paths.includes(sumFile)) return [{ about: sumFile, found: 'no such file', needed }];
  const [total, ...lines] = read(sumFile).toString('utf8').trim().split(/\r?\n/);
  const recorded = new Map(lines.map((line) => [line.replace(/ h1:\S+$/, ''), /h1:(\S+)$/.exec(line)?.[1]] as const));
  const files = flat(paths)
    .filter((path) => path.endsWith('.sql'))
    .sort(byText);
  const running = createHash('sha256');
  const sum = createHash('sha256');
  const summed = new Set<string>();
  for (const file of files) {
    running.update(file); // Also the name of a file that has no line.
    if (ignored.test(read(file).toString('utf8'))) continue;
    summed.add(file);
    const hash = running.update(read(file)).copy().digest('base64');
    sum.update(file).update(hash);
    if (!recorded.has(file)) return [{ about: file, found: 'a file that atlas.sum does not list', needed }];
    if (recorded.get(file) !== hash) return [{ about: file, found: 'content that atlas.sum does not have', needed }];
  }
  const gone = [...recorded.keys()].find((file) => !summed.has(file));
  if (gone !== undefined) return [{ about: gone, found: 'a line in atlas.sum and no such file', needed }];
  return total === `h1:${sum.digest('base64')}`
    ? []
    : [{ about: sumFile, found: 'a sum that is not of its lines', needed }];
}
