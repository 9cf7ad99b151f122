import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { default as addFormats } from 'ajv-formats';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { after, before, describe, it } from 'mocha';
import { evidenceText } from '../../../gates/kernel/evidence.ts';
import { toAnnotations } from '../../../gates/reports/annotations.ts';
import { toJunit } from '../../../gates/reports/junit.ts';
import { readReport } from '../../../gates/reports/report.ts';
import { toSarif } from '../../../gates/reports/sarif.ts';
import { toSummary } from '../../../gates/reports/summary.ts';
import { refreshReports } from '../../../gates/reports/write-reports.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sha = 'c5aa55cf0969965e6aece5b932cb98a2d3f06cd7';
const nasty = 'a|b <c> "d" %\n::error::\u0007 & ü';
const common = {
  sha,
  release: 'r',
  subject: 's',
  attempt: 1,
  resumed: false,
  owner: 'desk',
  reviewer: null,
  previous: [],
};
const finding = {
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  found: nasty,
  needed: 'an approval',
  recovery: 'keep it',
} as const;

describe('the reports of a release', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder();
    const at = (minute: number) => `2026-11-21T10:0${minute}:00.000Z`;
    const times = (minute: number) => ({ startedAt: at(minute), finishedAt: at(minute), elapsedMs: 1500 });
    const passed = { ...common, version: 1 as const, verdict: 'passed' as const, reasonCode: null, reason: null };
    const hazard = { rule: 'drop-table', file: '1_a b.sql', line: 7, hash: '0123456789abcdef' };
    await writeFile(
      join(folder.path, 'preflight.json'),
      evidenceText({ ...passed, ...times(0), gate: 'preflight', findings: [] }, { notEvaluated: ['history'] }).text,
    );
    await writeFile(
      join(folder.path, 'lint.json'),
      evidenceText(
        {
          ...passed,
          ...times(1),
          gate: 'lint',
          verdict: 'failed',
          findings: [
            { ...finding, about: '1_a b.sql:7 drop-table' },
            { ...finding, severity: 'WARNING', code: 'LINT_CONTENT_MISMATCH', about: '2_b.sql' },
          ],
        },
        { directory: 'db/migrations', hazards: [hazard], notEvaluated: ['3_c.ts: it asks the database'] },
      ).text,
    );
    await writeFile(join(folder.path, 'guard.json'), '{ "half": ');
    await writeFile(join(folder.path, 'release.json'), '{}');
  });
  after(() => folder.remove());

  it('fit the schema of SARIF 2.1.0, with the line of a hazard and what was not evaluated', async () => {
    const schema = JSON.parse(await readFile('test/fixtures/sarif/sarif-schema-2.1.0.json', 'utf8'));
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats.default(ajv);
    const log = toSarif(await readReport(folder.path, sha));
    assert.ok(ajv.validate(schema, log), JSON.stringify(ajv.errors));
    const [run] = log.runs;
    const [first, second] = run?.results ?? [];
    assert.equal(first?.ruleId, 'drop-table');
    assert.equal(first?.level, 'error');
    assert.deepEqual(first?.locations?.[0]?.physicalLocation, {
      artifactLocation: { uri: 'db/migrations/1_a%20b.sql' },
      region: { startLine: 7 },
    });
    assert.equal(second?.ruleId, 'LINT_CONTENT_MISMATCH');
    const notes = run?.invocations?.[0]?.toolExecutionNotifications?.map((note) => note.message.text);
    assert.deepEqual(notes, [
      'guard.json: not evaluated: guard.json: no evidence that can be read',
      'preflight: not evaluated: history',
      'lint: not evaluated: 3_c.ts: it asks the database',
    ]);
    assert.equal(run?.invocations?.[0]?.executionSuccessful, false);
  });

  it('are JUnit XML that a parser reads: blockers fail, what nobody looked at is skipped', async () => {
    const xml = toJunit(await readReport(folder.path, sha));
    assert.equal(XMLValidator.validate(xml), true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml);
    const suites = testsuites.testsuite.map((suite: Record<string, string | unknown[]>) => [
      suite.name,
      suite.failures,
      suite.errors,
      suite.skipped,
      suite.testcase?.length,
    ]);
    assert.deepEqual(suites, [
      ['guard.json', '0', '1', '1', 2],
      ['preflight', '0', '0', '1', 2],
      ['lint', '2', '0', '1', 4],
    ]);
  });

  it('are annotations of one line each, with the place in the sources', async () => {
    const lines = toAnnotations(await readReport(folder.path, sha));
    assert.equal(lines.length, 5);
    assert.match(lines[0] ?? '', /^::error file=db\/migrations\/1_a b\.sql,line=7,title=lint%3A drop-table::/);
    for (const line of lines) assert.ok(!line.includes('\n'));
  });

  it('are a page of Markdown that lists every gate and what was left out', async () => {
    const page = toSummary(await readReport(folder.path, sha));
    assert.match(page, /\| lint \| failed \| 1 \| 1 \| 1\.5 \|/);
    assert.match(page, /### Not evaluated\n\n- guard\.json: .*\n- preflight: history\n- lint: 3_c\.ts/);
    assert.match(page, /a\\\|b &lt;c> "d" %/);
  });

  it('lie beside the evidence, and are written anew as evidence comes', async () => {
    await refreshReports(folder.path, sha);
    const log = JSON.parse(await readFile(join(folder.path, 'findings.sarif'), 'utf8'));
    assert.equal(log.version, '2.1.0');
    assert.match(await readFile(join(folder.path, 'junit.xml'), 'utf8'), /<testsuites/);
    assert.match(await readFile(join(folder.path, 'summary.md'), 'utf8'), /^## Sallyport/);
  });
});
