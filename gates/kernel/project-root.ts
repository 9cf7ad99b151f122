import { fileURLToPath } from 'node:url';

/** The project's root folder: relative paths in configuration and in the state are relative to it. Where a gate runs as a job, that is a folder of its own. */
export const projectRoot: string = process.env.SALLYPORT_ROOT ?? fileURLToPath(new URL('../..', import.meta.url));
