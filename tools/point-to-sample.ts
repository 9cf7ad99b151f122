import { isScalar, parseDocument, visit } from 'yaml';
import { type SampleRelease, sampleReleases } from '../stacks/sample-releases/catalogue.ts';
import { SetupError } from './setup-error.ts';

/** A stack configuration that points to another release, and what was changed to get there. */
export interface Pointed {
  readonly text: string;
  readonly changes: readonly string[];
}

/** Where the sample application's releases are found, relative to the project's root. */
export const BASE_DIRECTORY = 'stacks/app';
export const ASSEMBLED_DIRECTORY = '.sallyport/app';

const names = sampleReleases.map((release) => release.name).join('|');
/** The directory of a sample release, whole or at the head of a path, wherever a value names one. */
const SAMPLE_DIRECTORY = new RegExp(`(?<![\\w./-])(?:stacks/app|\\.sallyport/app/(?:${names}))(?=/|\\s|["']?$)`, 'g');
const SAMPLE_SHA = new RegExp(`\\b(?:${sampleReleases.map((release) => release.sha).join('|')})\\b`, 'g');

/**
 * Points a stack configuration to a sample release: its sha (the flags given for it too) and its directory, in images,
 * migrations and guard commands. Values are replaced in place, so that all else stays as it is, byte for byte.
 */
export function pointToSample(text: string, release: SampleRelease): Pointed {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw new SetupError('CONFIG_UNREADABLE', `The stack configuration is not YAML: ${problem.message}`);
  if (!text.match(SAMPLE_SHA)) {
    throw new SetupError(
      'CONFIG_NOT_SAMPLE',
      'sallyport:release.sha names no sample release; set it to one by hand first.',
    );
  }
  const directory = release.name === 'first' ? BASE_DIRECTORY : `${ASSEMBLED_DIRECTORY}/${release.name}`;
  const changes: string[] = [];
  const pieces: string[] = [];
  let end = 0;
  visit(document, {
    Value: (key, node, path) => {
      if (key === 'key' || !isScalar(node) || !node.range) return;
      const [from, to] = node.range;
      const before = text.slice(from, to);
      const after = before.replaceAll(SAMPLE_DIRECTORY, directory).replaceAll(SAMPLE_SHA, release.sha);
      if (after === before) return;
      pieces.push(text.slice(end, from), after);
      end = to;
      changes.push(`${keyOf(path)}: ${before} → ${after}`);
    },
  });
  return { text: pieces.join('') + text.slice(end), changes };
}

function keyOf(path: readonly unknown[]): string {
  const keys = path.map((node) => (node as { key?: unknown }).key).filter(isScalar);
  return keys
    .map(({ value }) => value)
    .slice(1)
    .join('.');
}
