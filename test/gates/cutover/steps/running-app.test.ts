import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { runningApps, withAddresses } from '../../../../gates/cutover/steps/running-app.ts';
import type { AppState, ContainerApps, EnvVar, Revision } from '../../../../infra/container-apps/container-apps.ts';
import { sampleRelease } from '../../sample-release.ts';

const image = `desk@sha256:${'a'.repeat(64)}`;

function revision(name: string, changes: Partial<Revision> & { env?: readonly EnvVar[] } = {}): Revision {
  const { env = [], ...more } = changes;
  const container = { name: 'app', image, command: ['node', 'main.ts'], env };
  const state = { active: true, weight: 0, replicas: 1, health: 'Healthy', running: 'Running' };
  return { name, image, container, ...state, ...more };
}

function platform(apps: Readonly<Record<string, { app: Partial<AppState>; revisions: readonly Revision[] }>>) {
  return {
    getApp: async (name: string) => apps[name] && { name, revisionsMode: 'Multiple', traffic: [], ...apps[name].app },
    listRevisions: async (name: string) => apps[name]?.revisions ?? [],
  } as unknown as ContainerApps;
}

const api = sampleRelease().services.api;
assert.ok(api);
const release = sampleRelease({ services: { web: api, api } });
const traffic = (revisionName: string) => [{ revisionName, weight: 100 }];
const env = (value: string) => [{ name: 'API_URL', value }];

describe('the apps that run', () => {
  it('come after those whose addresses they are given', async () => {
    const apps = platform({
      web: {
        app: { latestRevisionName: 'web--r1', traffic: traffic('web--r1') },
        revisions: [revision('web--r1', { env: env('http://127.0.0.1:300/x') })],
      },
      api: {
        app: { latestRevisionName: 'api--r1', traffic: traffic('api--r1') },
        revisions: [revision('api--r1', { address: 'http://127.0.0.1:300' })],
      },
    });
    const running = await runningApps(apps, release);
    assert.deepEqual(
      running.map(({ name }) => name),
      ['api', 'web'],
    );
    const moved = (value: string) => withAddresses(env(value), running, new Map([['api', 'http://127.0.0.1:400']]));
    assert.deepEqual(moved('http://127.0.0.1:300/x'), env('http://127.0.0.1:400/x'));
    assert.deepEqual(moved('http://127.0.0.1:3000/x'), env('http://127.0.0.1:3000/x'));
  });

  for (const [name, newest, found] of [
    [
      'a newest revision with another image',
      { image: 'other', container: { name: 'app', image: 'other', command: [], env: [] } },
      /api--r2 beside api--r1/,
    ],
    ['a newest revision with another environment', { env: env('elsewhere') }, /api--r2 beside api--r1/],
  ] as const) {
    it(`refuse ${name}: what would be rolled is not what serves`, async () => {
      const apps = platform({
        api: {
          app: { latestRevisionName: 'api--r2', traffic: traffic('api--r1') },
          revisions: [revision('api--r1'), revision('api--r2', newest)],
        },
      });
      const only = sampleRelease({ services: { api } });
      await assert.rejects(runningApps(apps, only), found);
    });
  }

  it('refuse traffic that is split', async () => {
    const split = [
      { revisionName: 'api--r1', weight: 50 },
      { revisionName: 'api--r2', weight: 50 },
    ];
    const revisions = [revision('api--r1'), revision('api--r2')];
    const apps = platform({ api: { app: { latestRevisionName: 'api--r2', traffic: split }, revisions } });
    await assert.rejects(runningApps(apps, sampleRelease({ services: { api } })), /APP_NOT_AS_SERVED/);
  });

  it('are made from the newest revision where that is the same program, left by a roll that was undone', async () => {
    const revisions = [revision('api--r1'), revision('api--c7')];
    const apps = platform({ api: { app: { latestRevisionName: 'api--c7', traffic: traffic('api--r1') }, revisions } });
    const [running] = await runningApps(apps, sampleRelease({ services: { api } }));
    assert.deepEqual([running?.serving.name, running?.newest.name], ['api--r1', 'api--c7']);
  });
});
