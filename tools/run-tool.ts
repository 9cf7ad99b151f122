/** Runs a tool's main function; an error with a reason code is printed in one line, anything else with its stack. */
export async function runTool(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.exitCode = 1;
    console.error(hasCode(error) ? `${error.code}: ${error.message}` : error);
  }
}

function hasCode(error: unknown): error is Error & { code: string } {
  // Errors of Node itself have codes as well; a reason code is ours when the error is one of our classes.
  return error instanceof Error && error.name !== 'Error' && 'code' in error && typeof error.code === 'string';
}
