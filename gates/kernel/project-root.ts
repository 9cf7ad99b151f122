import { fileURLToPath } from 'node:url';

/** The project's root folder: relative paths in configuration and in the state are relative to it. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));
