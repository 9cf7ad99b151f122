import { createRequire } from 'node:module';
import type { Runner } from 'mocha';

const { reporters } = createRequire(import.meta.url)('mocha') as typeof import('mocha');

/** Mocha's own report, and after it the one line that machines read: `N passed, N failed`. */
class Reporter extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes = 0, failures = 0 } = runner.stats ?? {};
      console.log(`${passes} passed, ${failures} failed`);
    });
  }
}

export { Reporter as 'module.exports' };
