import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { advise, type FoundState } from '../../tools/advise/advise.ts';

const fine: FoundState = {
  inProgress: undefined,
  accepted: [
    { sha: 'bbbbbbb', mode: 'forward', migrations: ['one', 'two'] },
    { sha: 'aaaaaaa', mode: 'first', migrations: ['one'] },
  ],
  wayBack: 'aaaaaaa',
  acceptedProven: true,
  hold: undefined,
  last: { gate: 'accept', sha: 'bbbbbbb', verdict: 'passed', reason: null },
  applied: ['one', 'two'],
  invalidIndexes: [],
  drift: [],
  servingOther: [],
  restorePoints: [{ name: 'ccccccc-9', takenAt: '2026-03-02T10:00:00Z', restore: 'npm run restore -- ccccccc-9' }],
  down: 'node migrate.ts down 1',
};
const failed = (gate: string, reason: string) => ({ gate, sha: 'ccccccc', verdict: 'failed', reason });
const ahead = { applied: ['one', 'two', 'three', 'four'] };
const broken = { ...ahead, acceptedProven: false, last: failed('smoke', 'SMOKE_PREVIOUS_FAILED') };
const hold = { sha: 'aaaaaaa', placedAt: '2026-03-02 10:00:00+00' };

const table: readonly (readonly [string, Partial<FoundState>, string, RegExp])[] = [
  ['nothing is left half-done', {}, 'nothing', /bbbbbbb is accepted and serves/],
  ['nothing was ever accepted', { accepted: [], last: undefined, applied: [] }, 'nothing', /nothing was accepted yet/],
  ['a promotion is under way', { inProgress: '"sallyport up"', ...broken }, 'wait', /sallyport up/],
  ['the history cannot be read', { applied: undefined }, 'look-again', /history cannot be read/],
  ['the platform does not answer', { servingOther: undefined }, 'look-again', /platform does not answer/],
  [
    'a gate was cut off',
    { last: { gate: 'migrate', sha: 'ccccccc', verdict: null, reason: null } },
    'run-again',
    /gate migrate was cut off/,
  ],
  [
    'the serving release is broken by a migration',
    broken,
    'down-or-restore',
    /fails on the new schema, which has three/,
  ],
  ['an index is invalid', { invalidIndexes: ['public.half'] }, 'drop-invalid-index', /unfinished/],
  ['the schema was changed by hand', { drift: ['index public.x: not expected'] }, 'undo-drift', /index public\.x/],
  ['traffic is elsewhere', { servingOther: ['api on api--x'] }, 'run-again', /api on api--x/],
  ['a rollback holds promotion', { hold }, 'resume', /rollback to aaaaaaa/],
  [
    'a gate said no before anything changed',
    { last: failed('guard', 'FLAG_ABSENT') },
    'fix-forward',
    /is that of the release/,
  ],
  [
    'a gate said no after the migration',
    { ...ahead, last: failed('smoke', 'SMOKE_ASSERTION_FAILED') },
    'fix-forward',
    /ahead by three, four; .* passed its smoke suite on it/,
  ],
];

describe('advice', () => {
  for (const [name, changes, recovery, because] of table) {
    it(`when ${name}: ${recovery}`, () => {
      const given = advise({ ...fine, ...changes });
      assert.equal(given.recovery, recovery);
      assert.match(given.why.join('\n'), because);
    });
  }

  it('takes migrations back newest first, and restores only where there is no way down', () => {
    const { commands } = advise({ ...fine, ...broken });
    assert.match(commands[0] ?? '', /^node migrate\.ts down 1 {3}# four$/);
    assert.match(commands[1] ?? '', /# three$/);
    assert.match(commands[2] ?? '', /^npm run restore -- ccccccc-9 .*only if there is no way down/);
    assert.match(advise({ ...fine, ...broken, restorePoints: [] }).why.join(), /no restore point/);
  });

  it('tells what the reason of a closed gate means and what to do', () => {
    const { why, commands } = advise({ ...fine, last: failed('guard', 'FLAG_ABSENT') });
    assert.match(why.join('\n'), /readiness flag/);
    assert.match(commands[0] ?? '', /sallyport:flags/);
  });

  const ways: readonly (readonly [string, Partial<FoundState>, boolean])[] = [
    ['there is one to a release that is proven on this schema', {}, true],
    ['there is none to a release that is not', { wayBack: undefined }, false],
    [
      'there is none from a rollback',
      { accepted: [{ ...fine.accepted[0], mode: 'rollback' } as never, ...fine.accepted] },
      false,
    ],
    ['there is none while a promotion is on hold', { hold }, false],
    ['there is none before a second release', { accepted: fine.accepted.slice(1) }, false],
  ];
  for (const [name, changes, possible] of ways) {
    it(`on the way back: ${name}`, () => assert.equal(advise({ ...fine, ...changes }).back.possible, possible));
  }
});
