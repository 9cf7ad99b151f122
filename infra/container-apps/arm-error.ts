/** A refusal or failure of the platform's API. `transient` is true for what may pass by itself: 408, 429, 5xx, network. */
export class ArmError extends Error {
  readonly status: number | undefined;
  readonly code: string;
  readonly transient: boolean;

  constructor(message: string, details: { status?: number; code: string; transient: boolean; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.name = 'ArmError';
    this.status = details.status;
    this.code = details.code;
    this.transient = details.transient;
  }
}
