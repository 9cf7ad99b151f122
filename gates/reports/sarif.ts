import type { Log, ReportingDescriptor, Result } from 'sarif';
import { reasonCodes } from '../kernel/reason-codes.ts';
import { ownRules } from '../lint/catalogue.ts';
import { squawkRules } from '../lint/squawk-rules.ts';
import type { Report, ReportFinding } from './report.ts';

const schema = 'https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json';

/** A report as SARIF 2.1.0, one run. What was not evaluated is a notification of the run, as the standard has it. */
export function toSarif({ sha, gates }: Report): Log {
  const findings = gates.flatMap((gate) => gate.findings);
  const ids = [...new Set(findings.map(ruleId))];
  const notes = gates.flatMap(({ gate, notEvaluated }) =>
    notEvaluated.map((what) => `${gate}: not evaluated: ${what}`),
  );
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Sallyport', rules: ids.map(descriptor) } },
        automationDetails: { id: `sallyport/${sha}` },
        invocations: [
          {
            executionSuccessful: gates.every(({ verdict }) => verdict === 'passed' || verdict === 'failed'),
            toolExecutionNotifications: notes.map((text) => ({ level: 'warning', message: { text } })),
          },
        ],
        results: findings.map((finding) => resultOf(finding, ids)),
      },
    ],
  };
}

/** The rule where there is one, the reason code where not: both are stable. */
export function ruleId({ rule, code }: ReportFinding): string {
  return rule ?? code;
}

function descriptor(id: string): ReportingDescriptor {
  const own = ownRules.get(id);
  if (own !== undefined) return { id, shortDescription: { text: own.why }, help: { text: own.safe } };
  const squawk = squawkRules[id];
  if (squawk !== undefined) {
    const { why, safe } = squawk;
    return { id, shortDescription: { text: why }, help: { text: safe }, helpUri: `https://squawkhq.com/docs/${id}` };
  }
  const reason = reasonCodes[id as keyof typeof reasonCodes];
  return { id, shortDescription: { text: reason.means }, help: { text: reason.recovery } };
}

function resultOf(finding: ReportFinding, ids: readonly string[]): Result {
  const { severity, about, found, needed, recovery, file, line = 1, hash, gate } = finding;
  const id = ruleId(finding);
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    level: severity === 'BLOCKER' ? 'error' : 'warning',
    message: { text: `${about}: found ${found}; needed ${needed}. Do: ${recovery}` },
    locations: [
      file === undefined
        ? { logicalLocations: [{ name: about, kind: 'resource', fullyQualifiedName: `${gate}/${about}` }] }
        : { physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: line } } },
    ],
    ...(hash !== undefined && { partialFingerprints: { 'sallyportFinding/v1': hash } }),
  };
}
