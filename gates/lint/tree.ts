import type { Node, RangeVar } from 'libpg-query';

type Contents<T> = T extends unknown ? { [Kind in keyof T]: T[Kind] } : never;
type KindsOf<T> = T extends unknown ? keyof T : never;
/** The name of a node of PostgreSQL's parse tree. */
export type NodeKind = KindsOf<Node>;
type Content<Kind extends NodeKind> = Extract<Contents<Node>, Readonly<Record<Kind, unknown>>>[Kind];

/** The content of a node if it is of this kind. */
export function as<Kind extends NodeKind>(node: Node | undefined, kind: Kind): Content<Kind> | undefined {
  return (node as unknown as Readonly<Record<string, Content<Kind> | undefined>> | undefined)?.[kind];
}

/** The kind of a node. */
export function kindOf(node: Node): NodeKind {
  return Object.keys(node)[0] as NodeKind;
}

/** A table as it is written: `name`, or `schema.name`. */
export function tableName(relation: RangeVar | undefined): string | undefined {
  if (relation?.relname === undefined) return undefined;
  return relation.schemaname === undefined ? relation.relname : `${relation.schemaname}.${relation.relname}`;
}

/** A dotted name out of a list of strings. */
export function nameOf(node: Node | undefined): string {
  const parts = as(node, 'List')?.items ?? (node === undefined ? [] : [node]);
  return parts
    .map((part) => as(part, 'String')?.sval ?? '')
    .filter(Boolean)
    .join('.');
}

/** Every node below one, the node itself included. */
export function* walk(node: unknown): Generator<Node> {
  if (Array.isArray(node)) for (const each of node) yield* walk(each);
  else if (typeof node === 'object' && node !== null) {
    const [key] = Object.keys(node);
    if (key !== undefined && /^[A-Z]/.test(key)) yield node as Node;
    for (const member of Object.values(node)) yield* walk(member);
  }
}

/** The options of a statement that are set, by their lower-case name. */
export function optionsOf(nodes: readonly Node[] | undefined): ReadonlySet<string> {
  const set = (nodes ?? []).map((node) => as(node, 'DefElem')).filter((option) => option !== undefined);
  const on = set.filter((option) => {
    const value = nameOf(option.arg) || (as(option.arg, 'Boolean')?.boolval === false ? 'off' : 'on');
    return !['off', 'false', '0'].includes(value);
  });
  return new Set(on.map((option) => option.defname ?? ''));
}
