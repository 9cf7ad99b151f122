import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { MigrationFile } from '../../../../gates/kernel/release.ts';
import type { Finding } from '../../../../gates/kernel/verdict.ts';
import type { HistoryRow } from '../../../../gates/migrate/tools/migration-tool.ts';
import { branched } from '../../../../gates/preflight/rules/branched.ts';
import { directory } from '../../../../gates/preflight/rules/directory.ts';
import { edited } from '../../../../gates/preflight/rules/edited.ts';
import { historyState } from '../../../../gates/preflight/rules/history-state.ts';
import { order } from '../../../../gates/preflight/rules/order.ts';
import { sampleRelease } from '../../sample-release.ts';
import { acceptedAs, factsWith, historyOf, nothingKnown, preflightInputs } from '../sample-facts.ts';

const brief = (findings: readonly Finding[]) => findings.map((each) => `${each.severity} ${each.code} ${each.about}`);

function releaseWith(tool: string, files: readonly Partial<MigrationFile>[], more: object = {}) {
  const all = files.map((file) => ({ name: 'x', file: `${file.name}.up.sql`, sha256: `sha of ${file.name}`, ...file }));
  const { migrations } = sampleRelease();
  return sampleRelease({ migrations: { ...migrations, tool, files: all, ...more } });
}

describe('the state of the history', () => {
  const inputs = preflightInputs({ release: releaseWith('golang-migrate', [{ name: '1' }, { name: '2' }]) });

  for (const [state, expected] of [
    ['applied', []],
    ['dirty', ['BLOCKER HISTORY_DIRTY 2.up.sql']],
    ['failed', ['BLOCKER HISTORY_FAILED 2.up.sql']],
  ] as const) {
    it(`with a migration that is ${state} ${expected.length === 0 ? 'passes' : 'blocks'}`, () => {
      const rows: HistoryRow[] = [
        { name: '1', state: 'applied' },
        { name: '2', state },
      ];
      const found = historyState(factsWith({ history: { ...historyOf(['1']), rows } }), inputs);
      assert.deepEqual(brief(found), expected);
      for (const finding of found) assert.match(finding.recovery, /migrate force/);
    });
  }

  it('is not evaluated in a preview that does not know the history', () => {
    assert.deepEqual(historyState(nothingKnown, inputs), []);
  });
});

describe('a history that holds only the newest version', () => {
  const history = {
    ...historyOf(['1', '2', '3']),
    recorded: ['3'],
    rows: [
      { name: '1', state: 'applied', assumed: true },
      { name: '2', state: 'applied', assumed: true },
      { name: '3', state: 'applied' },
    ] satisfies HistoryRow[],
  };
  const release = releaseWith('golang-migrate', [{ name: '1' }, { name: '2' }, { name: '3' }]);
  const acceptedWith = (...names: string[]) =>
    acceptedAs(
      1,
      releaseWith(
        'golang-migrate',
        names.map((name) => ({ name })),
      ),
    );

  it('passes files that the accepted release had', () => {
    const facts = factsWith({ history, applied: history.applied, accepted: [acceptedWith('1', '2', '3')] });
    assert.deepEqual(order(facts, preflightInputs({ release })), []);
  });

  it('fails a file that came after it, and that the tool will never run', () => {
    const facts = factsWith({ history, applied: history.applied, accepted: [acceptedWith('1', '3')] });
    assert.deepEqual(brief(order(facts, preflightInputs({ release }))), ['BLOCKER MIGRATION_OUT_OF_ORDER 2.up.sql']);
  });
});

describe("the tool's own checksum", () => {
  const applied = ['1', '2', '3'];
  const rows = applied.map((name) => ({ name, state: 'applied' as const, ...(name !== '3' && { checksum: 'then' }) }));
  const facts = factsWith({ history: { ...historyOf(applied), rows }, applied, hashes: new Map() });

  it('fails an edited migration where we have no record, and says where there is neither', () => {
    const files = [
      { name: '1', checksum: 'then' },
      { name: '2', checksum: 'now' },
      { name: '3', checksum: 'now' },
    ];
    const found = edited(facts, preflightInputs({ release: releaseWith('prisma', files) }));
    assert.deepEqual(brief(found), ['BLOCKER MIGRATION_EDITED 2.up.sql', 'WARNING MIGRATION_HASH_UNKNOWN history']);
    assert.match(found[0]?.found ?? '', /checksum now of prisma, applied with then/);
  });
});

describe('the directory', () => {
  for (const [name, release, expected] of [
    ['with migrations passes', sampleRelease(), []],
    ['without any blocks', releaseWith('goose', []), ['BLOCKER MIGRATIONS_EMPTY migrations']],
    [
      'with a file that the tool passes over is said',
      releaseWith('flyway', [{ name: '1' }], { ignored: ['V1_a.sql'] }),
      ['WARNING MIGRATION_FILE_IGNORED V1_a.sql'],
    ],
    [
      'that the tool refuses blocks',
      releaseWith('atlas', [], { problems: [{ about: 'atlas.sum', found: 'a', needed: 'b' }] }),
      ['BLOCKER MIGRATION_DIRECTORY_INVALID atlas.sum'],
    ],
  ] as const) {
    it(name, () => assert.deepEqual(brief(directory(preflightInputs({ release }))), expected));
  }

  it('in which a migration follows one that is not there blocks', () => {
    const release = releaseWith('alembic', [{ name: 'b', after: ['a'] }]);
    assert.deepEqual(brief(branched({ release })), ['BLOCKER MIGRATION_DIRECTORY_INVALID b.up.sql']);
  });
});
