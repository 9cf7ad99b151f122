/** A problem of the machine or of the call that the user can mend: a stable reason code, and what to do. */
export class SetupError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'SetupError';
    this.code = code;
  }
}
