import type { Report } from './report.ts';
import { ruleId } from './sarif.ts';

/** A report as GitHub's workflow commands: what a runner shows beside the changed lines. */
export function toAnnotations({ gates }: Report): readonly string[] {
  const findings = gates.flatMap((gate) => gate.findings);
  const lines = findings.map((finding) => {
    const { severity, about, found, needed, recovery, file, line, gate } = finding;
    const place = file === undefined ? '' : `file=${property(file)},line=${line ?? 1},`;
    const title = property(`${gate}: ${ruleId(finding)}`);
    const message = data(`${about}: found ${found}; needed ${needed}. Do: ${recovery}`);
    return `::${severity === 'BLOCKER' ? 'error' : 'warning'} ${place}title=${title}::${message}`;
  });
  const unseen = gates.flatMap(({ gate, notEvaluated }) =>
    notEvaluated.map((what) => `::notice title=${property(`${gate}: not evaluated`)}::${data(what)}`),
  );
  return [...lines, ...unseen];
}

function data(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(value: string): string {
  return data(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
