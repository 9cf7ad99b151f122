import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** Where the URLs of a cutover's databases are, beside variables that are set; never committed. */
export const cutoverEnvFile = join(projectRoot, 'cutover.env');

/** Takes the variables of cutover.env, where there is one. Those that are set already win. */
export function loadCutoverEnv(): void {
  if (existsSync(cutoverEnvFile)) process.loadEnvFile(cutoverEnvFile);
}
