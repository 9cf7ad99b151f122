/** An escape, a set of characters, or a parenthesis: what may hold one that is none is taken as a whole. */
const tokens = /\\.|\[\^?\]?(?:\\.|\[([:.=]).*?\1\]|[^\]\\])*\]|\((\?)?/gs;

/** Whether a regular expression of PostgreSQL has a group that captures: the server would give that, and not what was found. */
export function hasCapturingGroup(expression: string): boolean {
  return [...expression.matchAll(tokens)].some(([token, , question]) => token === '(' && question === undefined);
}
