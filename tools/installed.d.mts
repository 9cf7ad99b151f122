/** Whether node_modules holds what package-lock.json says, by npm's own record of what it has installed. */
export function isInstalled(directory: string): boolean;
