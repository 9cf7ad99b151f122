import type { Report, ReportFinding } from './report.ts';
import { ruleId } from './sarif.ts';

/** A report as a page of Markdown: the job summary of a CI run. */
export function toSummary({ sha, gates }: Report): string {
  const findings = gates.flatMap((gate) => gate.findings);
  const unseen = gates.flatMap(({ gate, notEvaluated }) => notEvaluated.map((what) => `- ${gate}: ${cell(what)}`));
  return [
    `## Sallyport: ${sha.slice(0, 12)}`,
    '',
    '| gate | verdict | blockers | warnings | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...gates.map(({ gate, verdict, findings: own, seconds }) => {
      const blockers = own.filter((finding) => finding.severity === 'BLOCKER').length;
      return `| ${cell(gate)} | ${verdict} | ${blockers} | ${own.length - blockers} | ${seconds.toFixed(1)} |`;
    }),
    '',
    ...(findings.length === 0
      ? ['No findings.']
      : [
          '### Findings',
          '',
          '| | rule | about | found | needed | do |',
          '| --- | --- | --- | --- | --- | --- |',
          ...findings.map(row),
        ]),
    '',
    '### Not evaluated',
    '',
    ...(unseen.length === 0 ? ['Nothing was left out.'] : unseen),
    '',
  ].join('\n');
}

function row(finding: ReportFinding): string {
  const { severity, about, found, needed, recovery } = finding;
  return `| ${[severity, ruleId(finding), about, found, needed, recovery].map(cell).join(' | ')} |`;
}

function cell(value: string): string {
  return value.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
