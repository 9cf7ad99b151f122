import type { z } from 'zod';
import { redact } from '../gates/kernel/redact.ts';

/** One mistake in the configuration. */
export interface ConfigProblem {
  readonly key: string;
  readonly found: string;
  readonly needed: string;
  readonly mend: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** All problems as one message, the line that mends each included. */
export function configReport(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ key, found, needed, mend }) => `  ${key}: found ${found}; needed ${needed}\n    mend: ${mend}`,
  );
  return `CONFIG_INVALID: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the stack's configuration\n${lines.join('\n')}`;
}

/** A value that is not what is needed there. */
export function problemAt(path: Path, found: string, needed: string): ConfigProblem {
  const key = keyOf(path);
  return { key, found, needed, mend: `pulumi config set --path '${key}' <${needed}>` };
}

/** What the schema has against a configuration, each mistake by itself; `within` is where the issue's path begins. */
export function problemsOf(issue: Issue, raw: unknown, within: Path = []): readonly ConfigProblem[] {
  const path = [...within, ...issue.path];
  const found = show(path, valueAt(raw, path));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        superfluous([...path, key], show([...path, key], valueAt(raw, [...path, key])), 'no such key'),
      );
    case 'invalid_key':
      return [superfluous(path, `the name ${String(path.at(-1))}`, issue.issues.map(neededBy).join(', '))];
    case 'invalid_union': {
      const near = nearest(issue.errors);
      if (near !== undefined) return near.flatMap((each) => problemsOf(each, raw, path));
      return [problemAt(path, found, neededBy(issue))];
    }
    case 'invalid_type':
      return [problemAt(path, typeof valueAt(raw, path) === 'string' ? `${found}, a text` : found, neededBy(issue))];
    default:
      return [problemAt(path, found, neededBy(issue))];
  }
}

function superfluous(path: Path, found: string, needed: string): ConfigProblem {
  const key = keyOf(path);
  return { key, found, needed, mend: `pulumi config rm --path '${key}'` };
}

/** The one branch of a union that the value was meant to be: it has the right type and the fewest mistakes. */
function nearest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  // A wrong value of a member is nearer than a member that is none.
  const size = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0);
  const fitting = branches.filter((issues) => !issues.some(isOtherType)).sort((a, b) => size(a) - size(b));
  const [first, second] = fitting;
  return first !== undefined && (second === undefined || size(first) < size(second)) ? first : undefined;
}

function isOtherType(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function neededBy(issue: Issue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const types = issue.errors.flat().filter(isOtherType);
    if (types.length === issue.errors.length) return types.map(neededBy).join(' or ');
    return 'one of the shapes that the schema (stacks/config.schema.json) has for it';
  }
  return issue.message
    .replace(/^Invalid input: expected (.*?)(, received .*)?$/, 'a value of type $1')
    .replace(/^Invalid discriminator value\. Expected /, 'one of ')
    .replace(/^Too (?:small|big): expected \w+ to (?:have|be) /, '')
    .replace(/^Invalid string: must /, 'a text that must ')
    .replace(/^Invalid /, 'a valid ')
    .replace(/^>=/, 'at least ')
    .replace(/^<=/, 'at most ')
    .replace(/^>0$/, 'more than 0');
}

function keyOf(path: Path): string {
  const [first, ...rest] = path.map(String);
  return rest.reduce((key, part) => (/^\d+$/.test(part) ? `${key}[${part}]` : `${key}.${part}`), `sallyport:${first}`);
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], raw);
}

const secretName = /password|passwd|pwd|secret|token|credential|authorization|api[_-]?key/i;

/** What is there, without what may be a secret: the inside of objects, and values under a name that sounds like one. */
function show(path: Path, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? 'an empty object' : `an object with ${Object.keys(value).join(', ')}`;
  }
  if (path.slice(-2).some((key) => secretName.test(String(key)))) return 'a value that is not shown';
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) return 'text that is not JSON';
  const text = redact(String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
