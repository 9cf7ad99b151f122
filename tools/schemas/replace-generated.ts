/**
 * A text with the part between `<!-- generated: <part> -->` and `<!-- end: <part> -->` replaced.
 * @throws Error when the text has no such part.
 */
export function replaceGenerated(path: string, text: string, part: string, content: string): string {
  const from = `<!-- generated: ${part} (npm run schemas) -->\n`;
  const to = `<!-- end: ${part} -->`;
  const start = text.indexOf(from);
  const end = text.indexOf(to);
  if (start === -1 || end < start)
    throw new Error(`${path} has no part "${part}": needed a line ${from}and a line ${to}`);
  return `${text.slice(0, start)}${from}\n${content.trimEnd()}\n\n${text.slice(end)}`;
}
