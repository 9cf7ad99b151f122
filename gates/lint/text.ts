import type { SourceSection } from './sections.ts';

/** The text that rules judge: the way up of a migration, with the line numbers of its file. */
export interface JudgedText {
  readonly section: SourceSection;
  readonly text: string;
  /** Whether squawk may read the file itself: what comes after the way up is left out of its answer. */
  readonly asFile: boolean;
  /** Whether a program built the text: its lines are not those of the file. */
  readonly generated: boolean;
  /** The byte at a line and a column, both from 0; infinite after the end. */
  offsetOf(line: number, column: number): number;
}

/** The judged text of a section. */
export function judgedText(section: SourceSection): JudgedText {
  const { content, file, up } = section;
  const generated = !file.endsWith('.sql');
  // The name becomes a pattern to squawk, and the comment would switch its rules off.
  const asFile = !generated && content.startsWith(up) && !/[*?[\]{}!]/.test(file) && !content.includes('squawk-ignore');
  return { section, text: up, asFile, generated, offsetOf: (line, column) => lineStart(up, line) + column };
}

function lineStart(text: string, line: number): number {
  let at = 0;
  for (let count = 0; count < line; count += 1) {
    const end = text.indexOf('\n', at);
    if (end < 0) return Number.POSITIVE_INFINITY;
    at = end + 1;
  }
  return Buffer.byteLength(text.slice(0, at));
}
