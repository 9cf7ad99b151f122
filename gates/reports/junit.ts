import { findingLine } from '../kernel/verdict.ts';
import type { GateReport, Report } from './report.ts';
import { ruleId } from './sarif.ts';

/** A report as JUnit XML: a suite a gate, a test case for its verdict and one for each finding. */
export function toJunit({ sha, gates }: Report): string {
  const suites = gates.map(suiteOf);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${text(`sallyport ${sha}`)}">\n${suites.join('')}</testsuites>\n`;
}

function suiteOf({ gate, verdict, seconds, findings, notEvaluated }: GateReport): string {
  const blockers = findings.filter((finding) => finding.severity === 'BLOCKER').length;
  const passed = verdict === 'passed';
  const failed = verdict === 'failed';
  const cases = [
    `<testcase classname="${text(gate)}" name="verdict" time="${seconds}">${
      passed ? '' : `<${failed ? 'failure' : 'error'} message="${text(verdict)}"/>`
    }</testcase>`,
    ...findings.map((finding) => {
      const line = text(findingLine(finding));
      const name = text(`${ruleId(finding)} ${finding.about}`);
      const inside =
        finding.severity === 'BLOCKER' ? `<failure message="${line}"/>` : `<system-out>${line}</system-out>`;
      return `<testcase classname="${text(gate)}" name="${name}">${inside}</testcase>`;
    }),
    // Skipped, and not passed: nobody has looked.
    ...notEvaluated.map(
      (what) =>
        `<testcase classname="${text(gate)}" name="not evaluated"><skipped message="${text(what)}"/></testcase>`,
    ),
  ];
  const failures = blockers + (failed ? 1 : 0);
  const errors = passed || failed ? 0 : 1;
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${notEvaluated.length}"`;
  return `  <testsuite name="${text(gate)}" ${counts} time="${seconds}">\n${cases.map((each) => `    ${each}\n`).join('')}  </testsuite>\n`;
}

/** Text inside of XML: escaped, and without the characters that XML 1.0 has no way to write. */
function text(value: string): string {
  return value
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
