import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { releaseDigest } from '../../../../gates/kernel/release.ts';
import type { Finding } from '../../../../gates/kernel/verdict.ts';
import { acceptedContent } from '../../../../gates/preflight/rules/accepted-content.ts';
import { appState } from '../../../../gates/preflight/rules/app-state.ts';
import { duplicates } from '../../../../gates/preflight/rules/duplicates.ts';
import { edited } from '../../../../gates/preflight/rules/edited.ts';
import { foreignTraffic } from '../../../../gates/preflight/rules/foreign-traffic.ts';
import { ground } from '../../../../gates/preflight/rules/ground.ts';
import { naming } from '../../../../gates/preflight/rules/naming.ts';
import { order } from '../../../../gates/preflight/rules/order.ts';
import { schemaKnown } from '../../../../gates/preflight/rules/schema-known.ts';
import { azureAddress } from '../../../infra/azure/sample-address.ts';
import { sampleMigrations, sampleRelease } from '../../sample-release.ts';
import { acceptedAs, factsWith, nothingKnown, preflightInputs, releaseOf } from '../sample-facts.ts';

const [one, two, three] = sampleMigrations;

/** Each finding as `SEVERITY CODE about`. */
const brief = (findings: readonly Finding[]) => findings.map((each) => `${each.severity} ${each.code} ${each.about}`);

function inputsWith(...files: readonly string[]) {
  const release = sampleRelease();
  const migrations = files.map((file) => ({ file, name: file.replace(/\.\w+$/, ''), sha256: `sha of ${file}` }));
  return preflightInputs({ release: { ...release, migrations: { ...release.migrations, files: migrations } } });
}

describe('naming', () => {
  it('passes names that fit the pattern', () => assert.deepEqual(naming(preflightInputs()), []));

  it('fails each name that does not', () => {
    const found = naming(inputsWith('20250101000000_fits.sql', '20250102000000_AddThing.sql', 'thing.js'));
    assert.deepEqual(brief(found), [
      'BLOCKER MIGRATION_NAME 20250102000000_AddThing.sql',
      'BLOCKER MIGRATION_NAME thing.js',
    ]);
    assert.match(found[0]?.needed ?? '', /for example 20250110093000_create-events\.sql/);
  });
});

describe('duplicates', () => {
  it('passes one migration a version', () => assert.deepEqual(duplicates(nothingKnown, preflightInputs()), []));

  it('fails two of a version, naming both', () => {
    const found = duplicates(
      nothingKnown,
      inputsWith('20250101000000_a.sql', '20250101000000_b.js', '20250102000000_c.sql'),
    );
    assert.deepEqual(brief(found), ['BLOCKER MIGRATION_DUPLICATE 20250101000000_b.js']);
    assert.match(found[0]?.found ?? '', /20250101000000_a\.sql and 20250101000000_b\.js/);
  });

  it('fails two files that the tool records under one name', () => {
    assert.equal(duplicates(nothingKnown, inputsWith('20250101000000_a.sql', '20250101000000_a.ts')).length, 1);
  });

  it('passes two of a version that are both applied, where the tool goes by names', () => {
    const twins = ['20250101000000_a.sql', '20250101000000_b.js'];
    const applied = twins.map((file) => file.replace(/\.\w+$/, ''));
    assert.deepEqual(duplicates(factsWith({ applied }), inputsWith(...twins)), []);
    assert.equal(duplicates(factsWith({ applied: applied.slice(1) }), inputsWith(...twins)).length, 1);
  });
});

describe('order', () => {
  it('passes pending migrations that come after all applied ones', () => {
    assert.deepEqual(order(factsWith({ applied: [one] }), preflightInputs()), []);
    assert.deepEqual(order(factsWith({ applied: [] }), preflightInputs()), []);
  });

  it('fails each pending one that comes before one that is applied', () => {
    const found = order(factsWith({ applied: [three] }), preflightInputs());
    assert.deepEqual(brief(found), [
      `BLOCKER MIGRATION_OUT_OF_ORDER ${one}.sql`,
      `BLOCKER MIGRATION_OUT_OF_ORDER ${two}.sql`,
    ]);
  });

  it('goes by what sorts last, not by what was applied last', () => {
    assert.deepEqual(brief(order(factsWith({ applied: [three, one] }), preflightInputs())), [
      `BLOCKER MIGRATION_OUT_OF_ORDER ${two}.sql`,
    ]);
  });

  it('is not evaluated in a preview that does not know the history', () => {
    assert.deepEqual(order(nothingKnown, preflightInputs()), []);
  });
});

describe('edited', () => {
  it('passes applied migrations with the content on record', () => {
    assert.deepEqual(edited(factsWith(), preflightInputs()), []);
  });

  it('fails an applied one with another content', () => {
    const hashes = new Map([...sampleMigrations.map((name) => [name, `sha of ${name}`] as const), [two, 'other']]);
    assert.deepEqual(brief(edited(factsWith({ hashes }), preflightInputs())), [`BLOCKER MIGRATION_EDITED ${two}.sql`]);
  });

  it('lets a pending one change', () => {
    const hashes = new Map([[three, 'other']]);
    assert.deepEqual(brief(edited(factsWith({ applied: [], hashes }), preflightInputs())), []);
  });

  it('reports, once, that contents are not on record', () => {
    const found = edited(factsWith({ hashes: new Map([[one, `sha of ${one}`]]) }), preflightInputs());
    assert.deepEqual(brief(found), ['WARNING MIGRATION_HASH_UNKNOWN history']);
    assert.match(found[0]?.found ?? '', /^2 applied before/);
  });

  it('is not evaluated in a preview that does not know the history', () => {
    assert.deepEqual(edited(nothingKnown, preflightInputs()), []);
  });
});

describe('schema known', () => {
  const { release } = preflightInputs();
  const beyond = [...sampleMigrations, '20250104000000_four'];
  const newer = releaseOf('bbbbbbb');

  for (const [name, database, expected] of [
    ['all applied ones are in the release', {}, []],
    ['a first release that lacks one', { applied: beyond }, ['BLOCKER MIGRATION_MISSING 20250104000000_four']],
    [
      'a forward release that lacks one, even where it was proven',
      { applied: beyond, accepted: [acceptedAs(1, newer)], proven: true },
      ['BLOCKER MIGRATION_MISSING 20250104000000_four'],
    ],
    [
      'a rollback to a release that was proven on this schema',
      { applied: beyond, accepted: [acceptedAs(2, newer), acceptedAs(1, release)], proven: true },
      [],
    ],
    [
      'a rollback to one that was not',
      { applied: beyond, accepted: [acceptedAs(2, newer), acceptedAs(1, release)] },
      [`BLOCKER SCHEMA_MOVED_ON release ${release.sha}`],
    ],
    [
      'the release that serves, on a schema that moved under it',
      { applied: beyond, accepted: [acceptedAs(1, release)] },
      [`WARNING SCHEMA_MOVED_ON release ${release.sha}`],
    ],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : expected[0]?.startsWith('WARNING') ? 'reports' : 'fails'} ${name}`, () => {
      assert.deepEqual(brief(schemaKnown(factsWith(database), preflightInputs())), [...expected]);
    });
  }

  it('names the release that can still be gone back to', () => {
    const middle = releaseOf('ccccccc');
    const accepted = [acceptedAs(3, newer), acceptedAs(2, middle), acceptedAs(1, release)];
    const [finding] = schemaKnown(factsWith({ applied: beyond, accepted }), preflightInputs());
    assert.match(finding?.recovery ?? '', /ccccccc/);
  });

  it('is not evaluated in a preview that does not know the history', () => {
    assert.deepEqual(schemaKnown(nothingKnown, preflightInputs()), []);
  });
});

describe('accepted content', () => {
  const { release } = preflightInputs();
  const newer = releaseOf('bbbbbbb');
  const otherContent = { ...acceptedAs(1, release), releaseDigest: 'f'.repeat(64) };

  for (const [name, accepted, replay, expected] of [
    ['a new sha', [acceptedAs(1, newer)], false, []],
    ['a sha that comes back with its content', [acceptedAs(2, newer), acceptedAs(1, release)], false, []],
    ['a sha that comes back with another content', [otherContent], false, ['RELEASE_CHANGED']],
    ['a replay of what was accepted', [acceptedAs(2, newer), acceptedAs(1, release)], true, []],
    ['a replay of what never was', [acceptedAs(1, newer)], true, ['RELEASE_NOT_ACCEPTED']],
    ['a replay with another content', [acceptedAs(2, newer), otherContent], true, ['RELEASE_CHANGED']],
    [
      'a rollback while a rollback serves',
      [
        acceptedAs(3, newer, 'rollback'),
        acceptedAs(2, releaseOf('ccccccc')),
        acceptedAs(1.5, newer),
        acceptedAs(1, release),
      ],
      true,
      ['ROLLBACK_OF_ROLLBACK'],
    ],
    ['a way forward while a rollback serves', [acceptedAs(2, newer, 'rollback'), acceptedAs(1, newer)], false, []],
    [
      'a rollback while what serves was promoted forward after a rollback',
      [
        acceptedAs(4, releaseOf('ddddddd')),
        acceptedAs(3, newer, 'rollback'),
        acceptedAs(2, newer),
        acceptedAs(1, release),
      ],
      true,
      [],
    ],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : 'fails'} ${name}`, () => {
      const found = acceptedContent(factsWith({ accepted }), preflightInputs({ replay }));
      assert.deepEqual(
        found.map((finding) => finding.code),
        [...expected],
      );
    });
  }

  it('is not evaluated in a preview that does not know the ledger', () => {
    assert.deepEqual(acceptedContent(nothingKnown, preflightInputs({ replay: true })), []);
    assert.equal(releaseDigest(release).length, 64);
  });
});

describe('app state', () => {
  const app = { name: 'api', revisionsMode: 'Multiple', traffic: [{ revisionName: 'api--one', weight: 100 }] };
  const latest = { latestRevision: true, weight: 100 } as const;

  for (const [name, apps, expected] of [
    ['apps whose traffic is pinned', [app], []],
    ['a platform without apps', [], []],
    ['latest revision at no weight', [{ ...app, traffic: [...app.traffic, { ...latest, weight: 0 }] }], []],
    ['mode Single', [{ ...app, revisionsMode: 'Single' }], ['BLOCKER REVISIONS_MODE api']],
    ['traffic to the latest revision', [{ ...app, traffic: [latest] }], ['BLOCKER TRAFFIC_NOT_PINNED api']],
    ['mode Labels', [{ ...app, revisionsMode: 'Labels' }], ['BLOCKER REVISIONS_MODE api']],
    ['clients that stay with a revision', [{ ...app, sessionAffinity: true }], ['BLOCKER SESSION_AFFINITY api']],
    [
      'labels, also where there is no traffic',
      [
        {
          ...app,
          traffic: [
            { revisionName: 'api--one', weight: 100, label: 'stable' },
            { revisionName: 'api--two', weight: 0, label: 'next' },
          ],
        },
      ],
      ['BLOCKER TRAFFIC_LABELLED api', 'BLOCKER TRAFFIC_LABELLED api'],
    ],
    [
      'both',
      [{ ...app, revisionsMode: 'Single', traffic: [latest] }],
      ['BLOCKER REVISIONS_MODE api', 'BLOCKER TRAFFIC_NOT_PINNED api'],
    ],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : 'fails'} ${name}`, () => {
      assert.deepEqual(brief(appState({ ...factsWith(), apps })), [...expected]);
    });
  }

  it('is not evaluated in a preview that does not know the platform', () =>
    assert.deepEqual(appState(nothingKnown), []));

  it('looks at the mode of workers too, which have no traffic to look at', () => {
    const worker = { name: 'worker', revisionsMode: 'Single', traffic: [] };
    const accepted = [{ ...acceptedAs(1, sampleRelease()), revisions: { worker: 'worker--one' } }];
    assert.deepEqual(brief(appState({ ...factsWith({ accepted }), workers: [worker] })), [
      'BLOCKER REVISIONS_MODE worker',
    ]);
  });

  const serving = { ...acceptedAs(1, sampleRelease()), revisions: { api: 'api--one', worker: 'worker--one' } };
  for (const [name, traffic, moved] of [
    ['stays where the accepted release put it', [{ revisionName: 'api--one', weight: 100 }], false],
    ['has the accepted revision beside one at 0', [...app.traffic, { revisionName: 'api--two', weight: 0 }], false],
    ['went to another revision', [{ revisionName: 'api--two', weight: 100 }], true],
    [
      'is shared',
      [
        { revisionName: 'api--one', weight: 90 },
        { revisionName: 'api--two', weight: 10 },
      ],
      true,
    ],
    ['goes nowhere', [], true],
  ] as const) {
    it(`${moved ? 'reports' : 'does not report'} traffic that ${name}`, () => {
      const found = appState({ ...factsWith({ accepted: [serving] }), apps: [{ ...app, traffic }] });
      assert.deepEqual(brief(found), moved ? ['WARNING TRAFFIC_MOVED api'] : []);
    });
  }
});

describe('traffic on a revision that no promotion made', () => {
  const accepted = [{ ...acceptedAs(1, sampleRelease()), revisions: { api: 'api--by-another-name' } }];
  const onAzure = { platform: azureAddress() };
  const found = (revisionName: string, weight: number, inputs: Parameters<typeof foreignTraffic>[1] = onAzure) => {
    const apps = [{ name: 'api', revisionsMode: 'Multiple', traffic: [{ revisionName, weight }] }];
    return brief(foreignTraffic({ ...factsWith({ accepted }), apps }, inputs));
  };

  for (const [name, revision, weight, expected] of [
    ['is an accepted one', 'api--by-another-name', 100, []],
    ['was made by a promotion and not accepted', 'api--r0a1b2c3d-17', 100, []],
    ['was made by hand', 'api--abc123', 100, ['BLOCKER TRAFFIC_FOREIGN api']],
    ['was made by hand and has a part', 'api--abc123', 1, ['BLOCKER TRAFFIC_FOREIGN api']],
    ['was made by hand and has none', 'api--abc123', 0, []],
  ] as const) {
    it(`${expected.length === 0 ? 'is none' : 'is found'} where it ${name}`, () => {
      assert.deepEqual(found(revision, weight), expected);
    });
  }

  it('is left to the candidate gate where apps are not declared', () => {
    assert.deepEqual(found('api--abc123', 100, preflightInputs()), []);
  });

  it('is not evaluated in a preview that does not know the ledger', () => {
    assert.deepEqual(foreignTraffic(nothingKnown, onAzure), []);
  });
});

describe('what a release on Azure stands on', () => {
  for (const [environment, server, expected] of [
    [{ provisioningState: 'Succeeded' }, { state: 'Ready' }, []],
    [{ provisioningState: 'Failed' }, { state: 'Ready' }, ['BLOCKER ENVIRONMENT_NOT_READY managed environment']],
    [{ provisioningState: 'not said' }, { state: 'Ready' }, ['BLOCKER ENVIRONMENT_NOT_READY managed environment']],
    [undefined, { state: 'Ready' }, ['BLOCKER ENVIRONMENT_NOT_READY managed environment']],
    [{ provisioningState: 'Succeeded' }, { state: 'Updating' }, ['BLOCKER SERVER_NOT_READY flexible server']],
    [{ provisioningState: 'Succeeded' }, {}, ['BLOCKER SERVER_NOT_READY flexible server']],
    [{ provisioningState: 'Succeeded' }, undefined, ['BLOCKER SERVER_NOT_READY flexible server']],
  ] as const) {
    const seen = `environment ${environment?.provisioningState}, server ${server?.state}`;
    it(`${expected.length === 0 ? 'passes' : 'fails'} with ${seen}`, () => {
      assert.deepEqual(brief(ground({ ...factsWith(), ground: { environment, server } })), expected);
    });
  }

  it('is judged when something is to be promoted, and only where it was looked at', () => {
    const failed = { environment: { provisioningState: 'Failed' }, server: undefined };
    assert.deepEqual(ground({ ...factsWith(), pending: false, ground: failed }), []);
    assert.deepEqual(ground(factsWith()), []);
  });
});
