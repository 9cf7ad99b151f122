/** The name of the resource that an ARM id ends with. */
export function nameIn(id: string): string {
  return id.split('/').at(-1) ?? '';
}

/** The subscription that an ARM id begins with, in lower case: the service writes ids in more than one. */
export function subscriptionIn(id: string): string {
  return id.split('/')[2]?.toLowerCase() ?? '';
}

/** The resource group of an ARM id. */
export function resourceGroupIn(id: string): string {
  return id.split('/')[4] ?? '';
}

/** The id without its last two segments: of the resource that a child belongs to. */
export function parentOf(id: string, levels = 1): string {
  return id
    .split('/')
    .slice(0, -2 * levels)
    .join('/');
}
