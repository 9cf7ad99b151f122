import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { runRecordSchema } from '../../../gates/verify/records.ts';
import { type VerifySettings, verifySettings } from '../../../gates/verify/settings.ts';
import type { Verification } from '../../../gates/verify/verification.ts';
import { writeRecords } from '../../../gates/verify/write-records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nothing: Verification = {
  findings: [],
  source: undefined,
  target: undefined,
  checks: [],
  differences: new Map(),
  moving: undefined,
  timings: {},
};
const target = { host: '127.0.0.1', port: 5432, database: 'd', user: 'u', password: 'p', tls: false } as const;
const invariants = [{ file: 'held.sql', sql: 'select from holds where false' }];
const given = { modules: { all: ['public.*'] }, invariants: { directory: 'invariants' } };

describe('the record of a run', () => {
  const decisive: readonly (readonly [string, Record<string, unknown>, typeof invariants])[] = [
    [`an invariant's SQL`, given, [{ file: 'held.sql', sql: 'select from holds' }]],
    [`an invariant's file`, given, [{ file: 'kept.sql', sql: 'select from holds where false' }]],
    ['one invariant less', given, []],
    ['the policy', { ...given, warn: ['INVARIANT_BROKEN held.sql'] }, invariants],
    ['the modules', { ...given, modules: { every: ['public.*'] } }, invariants],
    ['the counts', { ...given, counts: 'fast' }, invariants],
    ['a required key', { ...given, requiredKeys: [{ table: 't', column: 'c', keys: ['k'] }] }, invariants],
    ['a declared column', { ...given, personalData: { declared: ['public.t.c'] } }, invariants],
    ['a pattern', { ...given, personalData: { patterns: { 'staff-number': 'S[0-9]{6}' } } }, invariants],
    ['the search path', { ...given, invariants: { directory: 'invariants', searchPath: 'other' } }, invariants],
  ];
  for (const [what, settings, held] of decisive) {
    it(`has another hash of its settings after a change of ${what}`, async () => {
      assert.notEqual(await hash(settings, held), await hash(given, invariants));
    });
  }

  it('has the same hash when only the way of working is another', async () => {
    const other = { ...given, workers: 7, minutes: 5, shown: { rows: 3, values: true } };
    assert.equal(await hash(other, invariants), await hash(given, invariants));
  });

  async function hash(settings: Record<string, unknown>, held: typeof invariants): Promise<string> {
    const folder = await temporaryFolder();
    try {
      const parsed: VerifySettings = verifySettings.parse(settings);
      const request = {
        runId: 'r',
        settings: parsed,
        invariants: held,
        source: undefined,
        target,
        expected: undefined,
      };
      const times = { startedAt: 0, finishedAt: 1 };
      await writeRecords(join(folder.path, 'run'), { ...request, progress: () => undefined }, nothing, times);
      return runRecordSchema.parse(JSON.parse(await readFile(join(folder.path, 'run', 'run.json'), 'utf8'))).settings;
    } finally {
      await folder.remove();
    }
  }
});
