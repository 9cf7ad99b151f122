import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { differenceOf } from '../../../gates/candidate/declared-template.ts';
import type { Service } from '../../../gates/kernel/release.ts';
import type { ContainerSpec, EnvVar, Revision } from '../../../infra/container-apps/container-apps.ts';
import { sampleRelease } from '../sample-release.ts';

const service: Service = {
  ...(sampleRelease().services.worker as Service),
  env: { API_URL: `\${services.api.address}`, MODE: 'work' },
  secretEnv: { TOKEN: 'token' },
  standbyEnv: { MODE: 'stand by' },
};
const env: readonly EnvVar[] = [
  { name: 'TOKEN', secretRef: 'token' },
  { name: 'MODE', value: 'work' },
  { name: 'API_URL', value: 'https://api.example.com' },
  { name: 'PORT', value: '3000' },
];

function revision(changes: Partial<ContainerSpec> = {}): Revision {
  const container = { name: 'worker', image: service.image, command: service.command, env, ...changes };
  const state = { active: true, weight: 0, replicas: 1, health: 'Healthy', running: 'Running' };
  return { name: 'worker--r1', createdAt: '2026-03-02T10:00:00.000Z', image: service.image, container, ...state };
}

const without = (name: string) => env.filter((variable) => variable.name !== name);
const withOne = (variable: EnvVar) => [...without(variable.name), variable];

describe('what a revision runs that the release does not ask for', () => {
  for (const [name, changes, standby, expected] of [
    ['nothing, in whatever order', {}, false, undefined],
    ['another command', { command: ['node', 'other.ts'] }, false, /^another command \(created 2026-03-02/],
    ['a command cut in another way', { command: ['node main.ts'] }, false, /another command/],
    ['another value', { env: withOne({ name: 'MODE', value: 'play' }) }, false, /MODE is not as the release has it/],
    ['nothing where a value should be', { env: without('MODE') }, false, /MODE is not as the release has it/],
    ['one variable more', { env: withOne({ name: 'DEBUG', value: '1' }) }, false, /DEBUG is too many/],
    ['another secret', { env: withOne({ name: 'TOKEN', secretRef: 'other' }) }, false, /TOKEN is not/],
    ['a secret in clear', { env: withOne({ name: 'TOKEN', value: 'token' }) }, false, /TOKEN is not/],
    ['an address that only the platform knows', { env: withOne({ name: 'API_URL', value: 'x' }) }, false, undefined],
    ['no address where one should be', { env: without('API_URL') }, false, /API_URL is not/],
    ['the identity that it was told', { env: withOne({ name: 'AZURE_CLIENT_ID', value: 'x' }) }, false, undefined],
    ['work where it should stand by', {}, true, /MODE is not as the release has it/],
    ['standing by, as it should', { env: withOne({ name: 'MODE', value: 'stand by' }) }, true, undefined],
  ] as const) {
    it(`is ${expected === undefined ? 'nothing' : 'found'} with ${name}`, () => {
      const found = differenceOf(revision(changes), service, standby);
      if (expected === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', expected);
    });
  }
});
