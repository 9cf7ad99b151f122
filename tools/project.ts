import { dirname, join } from 'node:path';

/** The project's root folder. */
export const projectRoot = dirname(import.meta.dirname);

/** Everything that running locally leaves behind, the engine cache excepted. */
export const localData = join(projectRoot, '.sallyport');

/** The local environment: PostgreSQL's data, services, tokens. */
export const localEnvironment = join(localData, 'local');

/** The PostgreSQL that `npm run candidate` starts beside it. */
export const candidateEnvironment = join(localData, 'candidate');

/** The environments that the stacks of this project run in on this machine. */
export const localEnvironments = [localEnvironment, join(localData, 'baseline'), candidateEnvironment];

/** The state of the local stacks. */
export const stateDirectory = join(localData, 'pulumi');

/** The programs of the project's packages, its Node among them. */
export const packagePrograms = join(projectRoot, 'node_modules', '.bin');
