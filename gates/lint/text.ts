import type { SourceSection } from './sections.ts';

/** The text that rules judge: the migration's file with all but its way up made blank, so that places stay the same. */
export interface JudgedText {
  readonly section: SourceSection;
  readonly text: string;
  /** Where the way up ends, in bytes. */
  readonly to: number;
  /** Whether squawk may read the file itself: what comes after the way up is left out of its answer. */
  readonly asFile: boolean;
  /** Whether the text is not in the file: a program built it. */
  readonly generated: boolean;
  /** The byte at a line and a column, both from 0. */
  offsetOf(line: number, column: number): number;
}

/** The judged text of a section. */
export function judgedText(section: SourceSection): JudgedText {
  const { content, up } = section;
  const from = content.indexOf(up);
  const generated = from < 0 || up === '';
  const before = generated ? '' : content.slice(0, from);
  const text = generated ? up : blank(before) + up;
  const commentsOnly = before.split('\n').every((line) => /^\s*(--.*)?$/.test(line));
  return {
    section,
    text,
    to: Buffer.byteLength(text),
    asFile: !generated && commentsOnly && !content.includes('squawk-ignore') && section.file.endsWith('.sql'),
    generated,
    offsetOf: (line, column) => lineStart(text, line) + column,
  };
}

/** Every byte but line ends becomes a space. */
function blank(text: string): string {
  return /^[\x20-\x7e\s]*$/.test(text)
    ? text.replaceAll(/[^\n\r]/g, ' ')
    : text.replaceAll(/[^\n\r]/gu, (each) => ' '.repeat(Buffer.byteLength(each)));
}

/** Byte offset of the first character of a line; the end of the text for a line after it. */
function lineStart(text: string, line: number): number {
  let at = 0;
  for (let count = 0; count < line; count += 1) {
    const end = text.indexOf('\n', at);
    if (end < 0) return Number.POSITIVE_INFINITY;
    at = end + 1;
  }
  return Buffer.byteLength(text.slice(0, at));
}
