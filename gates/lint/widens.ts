const names: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  decimal: 'numeric',
};

/** Whether every value of one type is one of another without a rewrite: varchar and numeric that get longer, text. */
export function widens(from: string, to: string): boolean {
  const [was, is] = [parse(from), parse(to)];
  if (is.name === 'text') return was.name === 'varchar' || was.name === 'text';
  if (was.name !== is.name) return false;
  if (is.sizes.length === 0) return true;
  if (was.sizes.length === 0) return false;
  const [length = 0, scale = 0] = was.sizes;
  const [newLength = 0, newScale = 0] = is.sizes;
  // bpchar pads its values, so a longer one writes them anew.
  return is.name === 'varchar'
    ? newLength >= length
    : is.name === 'numeric' && newLength >= length && newScale === scale;
}

function parse(type: string): { name: string; sizes: readonly number[] } {
  const [, bare = type, sizes = ''] = /^([^(]+?)\s*(?:\(([^)]*)\))?$/.exec(type.trim()) ?? [];
  return { name: names[bare] ?? bare, sizes: sizes === '' ? [] : sizes.split(',').map(Number) };
}
