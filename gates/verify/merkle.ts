import { sha256 } from '../kernel/digest.ts';

/** The rows of a leaf: how many, and the exact sums of their two 64-bit states. */
export interface LeafSum {
  readonly rows: bigint;
  readonly first: bigint;
  readonly second: bigint;
}

/** Leaf number → its rows. Sums are exact, so that parts of a table can be added in any order. */
export type LeafSums = ReadonlyMap<bigint, LeafSum>;

/** A Merkle tree: level 0 has the leaves, each further one a node for 16 numbers of the one below, the last the root. */
export interface MerkleTree {
  readonly root: string;
  readonly levels: readonly ReadonlyMap<bigint, string>[];
}

const fanOutBits = 4n;
/** Leaf numbers are 64 bits and signed: this many levels bring all of them under the nodes -1 and 0. */
const height = 16;

/** The tree of a table. A leaf's place follows from its number alone: a row changes its leaf's path and nothing else. */
export function merkleTree(leaves: LeafSums): MerkleTree {
  let level = new Map(
    [...leaves].map(([leaf, sum]) => [leaf, sha256(`leaf ${leaf} ${sum.rows} ${sum.first} ${sum.second}`)]),
  );
  const levels: ReadonlyMap<bigint, string>[] = [level];
  for (let above = 0; above < height; above += 1) {
    const children = new Map<bigint, string[]>();
    for (const number of [...level.keys()].sort(compare)) {
      const parent = number >> fanOutBits;
      children.set(parent, [...(children.get(parent) ?? []), `${number} ${level.get(number)}`]);
    }
    level = new Map([...children].map(([parent, of]) => [parent, sha256(`node ${above} ${parent}\n${of.join('\n')}`)]));
    levels.push(level);
  }
  const top = [...level].sort(([a], [b]) => compare(a, b)).map(([number, digest]) => `${number} ${digest}`);
  return { root: sha256(`root\n${top.join('\n')}`), levels };
}

/** The leaves in which two trees differ, in ascending order; only what is under differing nodes is looked at. */
export function differingLeaves(one: MerkleTree, other: MerkleTree): readonly bigint[] {
  if (one.root === other.root) return [];
  let suspects: readonly bigint[] | undefined;
  for (let level = height; level >= 0; level -= 1) {
    const [left, right] = [one.levels[level], other.levels[level]];
    const numbers = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
    const parents = suspects && new Set(suspects);
    suspects = [...numbers].filter(
      (number) => (parents?.has(number >> fanOutBits) ?? true) && left?.get(number) !== right?.get(number),
    );
  }
  return [...(suspects ?? [])].sort(compare);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
