/** Characters between two blanks or hyphens, and where they stand. */
export interface Group {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The groups of a run, in their order. */
export function groupsOf(run: string): readonly Group[] {
  return [...run.matchAll(/[0-9A-Z]+/g)].map(({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
  }));
}
