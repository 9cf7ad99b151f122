// Comments, quoted text and dollar-quoted bodies: a semicolon in them ends no statement.
const token =
  /\s+|--[^\n]*|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[eE]'(?:[^'\\]+|\\[\s\S])*'|'[^']*'|"[^"]*"|;|[^\s;'"/$-]+|[\s\S]/g;

/**
 * How many statements a text has. Sent as one, several statements are one implicit transaction on the server, and a
 * single one is not (PostgreSQL's simple query protocol).
 */
export function statementCount(text: string): number {
  let count = 0;
  let open = false;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if (found.startsWith('--') || /^\s/.test(found)) continue;
    if (found === '/*') token.lastIndex = commentEnd(text, token.lastIndex);
    else if (found === ';') open = false;
    else {
      if (!open) count += 1;
      open = true;
      if (/^\$.*\$$/.test(found)) {
        const end = text.indexOf(found, token.lastIndex);
        token.lastIndex = end < 0 ? text.length : end + found.length;
      }
    }
  }
  return count;
}

/** Block comments nest in PostgreSQL. */
function commentEnd(text: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 1; depth > 0; ) {
    const match = edge.exec(text);
    if (match === null) return text.length;
    depth += match[0] === '/*' ? 1 : -1;
  }
  return edge.lastIndex;
}
