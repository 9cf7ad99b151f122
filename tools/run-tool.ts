/** Our own errors, by name: a tool need not load the gates to know a GateError. */
const explained = new Set(['SetupError', 'EnvironmentError', 'GateError', 'ConfigurationError']);

/** Runs a tool's main function and exits with its code; an error of ours is printed without its stack. */
export async function runTool(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof Error && explained.has(error.name) ? error.message : error);
  }
}
