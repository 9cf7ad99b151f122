/** Orders versions that are whole numbers of any length. */
export function numeric(a: string, b: string): number {
  const [left, right] = [whole(a), whole(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Orders text by code unit, as Go, Rust and Array.prototype.sort do. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The digits that a name begins with. */
export function leadingDigits(name: string): string | undefined {
  return /^\d+/.exec(name)?.[0];
}

function whole(version: string): bigint {
  return BigInt(leadingDigits(version) ?? '0');
}

/** The last part of a path with slashes. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The files directly in the directory. */
export function flat(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !path.includes('/'));
}

/** A file's name without its last extension. */
export function stem(file: string): string {
  return file.replace(/\.[^./]+$/, '');
}
