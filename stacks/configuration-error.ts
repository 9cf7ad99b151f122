import { type ConfigProblem, configReport } from './config-problem.ts';

/** A configuration that is well-formed and names what is not there, or cannot be read. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(configReport(problems));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}
