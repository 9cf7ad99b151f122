import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function isInstalled(directory) {
  const record = join(directory, 'node_modules', '.package-lock.json');
  // The `node` package gets its program from an install script, which the record does not cover.
  if (!existsSync(record) || !existsSync(join(directory, 'node_modules', '.bin', 'node'))) return false;
  const wanted = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    if (found[path] === undefined) return optional === true || devOptional === true;
    return found[path].version === version && found[path].integrity === integrity;
  });
}
