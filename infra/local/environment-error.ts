/** A refusal or failure of the local environment itself, with a stable reason code. */
export class EnvironmentError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(`${code}: ${message}`, options);
    this.name = 'EnvironmentError';
    this.code = code;
  }
}
