/** A refusal that the API answers as ARM does: a status and `{ error: { code, message } }`. */
export class ArmFailure extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 415 | 500;
  readonly code: string;

  constructor(status: ArmFailure['status'], code: string, message: string) {
    super(message);
    this.name = 'ArmFailure';
    this.status = status;
    this.code = code;
  }
}

/** The refusal for a resource that is not there. */
export function notFound(type: string, name: string): ArmFailure {
  return new ArmFailure(404, 'ResourceNotFound', `The Resource 'Microsoft.App/${type}/${name}' was not found.`);
}

/** The refusal for a body whose value is not allowed. */
export function invalid(field: string, found: string): ArmFailure {
  return new ArmFailure(400, 'InvalidParameterValue', `The value of '${field}' is invalid: ${found}.`);
}
