import jsonpointer from 'jsonpointer';
import { canonicalJson } from '../kernel/digest.ts';
import type { Assertion } from '../kernel/release.ts';
import type { AssertionResult } from './facts.ts';

/** An answer of a surface, as assertions see it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly latencyMs: number;
}

/** Looks whether one assertion holds of an answer. Pure. */
export function assertOn(answer: Answer, assertion: Assertion): AssertionResult {
  const { id } = assertion;
  const result = (passed: boolean, expected: string, actual: string) => ({
    id,
    passed,
    expected,
    actual: shorten(actual),
  });
  if ('status' in assertion) {
    return result(answer.status === assertion.status, `status ${assertion.status}`, `status ${answer.status}`);
  }
  if ('header' in assertion) {
    const value = answer.headers.get(assertion.header);
    const actual = `${assertion.header}: ${value ?? 'absent'}`;
    if ('equals' in assertion)
      return result(value === assertion.equals, `${assertion.header}: ${assertion.equals}`, actual);
    return result(
      value?.includes(assertion.contains) === true,
      `${assertion.header} with ${assertion.contains}`,
      actual,
    );
  }
  if ('text' in assertion) return result(answer.body.includes(assertion.text), `text "${assertion.text}"`, answer.body);
  if ('latencyMs' in assertion) {
    const { latencyMs } = assertion;
    return result(answer.latencyMs <= latencyMs, `within ${latencyMs} ms`, `${answer.latencyMs} ms`);
  }
  return assertOnJson(answer, assertion, result);
}

function assertOnJson(
  answer: Answer,
  assertion: Extract<Assertion, { json: string }>,
  result: (passed: boolean, expected: string, actual: string) => AssertionResult,
): AssertionResult {
  const at = assertion.json === '' ? 'the document' : assertion.json;
  const value = valueAt(answer.body, assertion.json);
  const actual = `${at} is ${value === undefined ? 'absent, or the body is not JSON' : JSON.stringify(value)}`;
  if ('equals' in assertion) {
    // Canonical: the engine does not keep the order of keys in which the configuration has them.
    const wanted = canonicalJson(assertion.equals);
    return result(value !== undefined && canonicalJson(value) === wanted, `${at} is ${wanted}`, actual);
  }
  if ('type' in assertion)
    return result(typeOf(value) === assertion.type, `${at} is of type ${assertion.type}`, actual);
  return result(
    typeof value === 'number' && value >= assertion.atLeast,
    `${at} is at least ${assertion.atLeast}`,
    actual,
  );
}

/** The value at a JSON pointer; undefined where there is none or the text is not JSON. */
export function valueAt(body: string, pointer: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return undefined; // not JSON: every assertion on a JSON value fails then, and says so
  }
  if (pointer === '') return document;
  return typeof document === 'object' && document !== null ? jsonpointer.get(document, pointer) : undefined;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
