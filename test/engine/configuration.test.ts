import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { assertRefused, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

describe('a configuration that is wrong', function () {
  this.timeout(600_000);
  let project: PromotionProject;

  before(async () => {
    project = await promotionProject();
  });
  after(() => project.remove());

  it('is refused with every mistake at once, each with the line that mends it, and nothing is started', async () => {
    const right = structuredClone(project.config);
    project.config.release.sha = 'main';
    project.config.release.services.api.port = 'http';
    project.config.release.services.api.replica = 2;
    project.config.migrations.tool = 'liquibase';
    project.config.change.window.timeZone = 'Mars/Olympus';
    const { output } = assertRefused(await project.pulumi('preview'), 'CONFIG_INVALID: 5 problems');
    for (const key of [
      'release.sha',
      'release.services.api.port',
      'release.services.api.replica',
      'migrations.tool',
      'change.window.timeZone',
    ]) {
      assert.match(output, new RegExp(`sallyport:${key}: found .*; needed .*\\n +mend: pulumi config`), key);
    }
    Object.assign(project.config, right);
    await assert.rejects(project.platform());
  });

  it('is refused when the directories that it names are not there, or are empty', async () => {
    const { api } = project.config.release.services;
    const [image, directory] = [api.image, project.config.migrations.directory];
    await mkdir(join(project.root, 'empty'));
    api.image = 'no/such/directory';
    project.config.migrations.directory = 'no/such/directory';
    const { output } = assertRefused(await project.pulumi('preview'), 'CONFIG_INVALID: 2 problems');
    assert.match(output, /sallyport:release\.services\.api\.image: found no\/such\/directory/);
    assert.match(output, /sallyport:migrations\.directory: found no\/such\/directory/);
    api.image = 'empty';
    const empty = assertRefused(await project.up(), 'CONFIG_INVALID: 2 problems');
    assert.match(empty.output, /sallyport:release\.services\.api\.image: found empty \(an empty directory\)/);
    api.image = image;
    project.config.migrations.directory = 'empty';
    assertRefused(await project.pulumi('preview'), 'MIGRATIONS_EMPTY');
    project.config.migrations.directory = directory;
  });

  it('is refused when nobody answers for the change, or when now is outside its window', async () => {
    const { change } = project.config;
    project.config.change = { ...change, owner: '', window: { ...change.window, freeze: [today()] } };
    const { output } = assertRefused(await project.pulumi('preview'), 'OWNER_MISSING');
    assert.match(output, /OUTSIDE_WINDOW/);
  });
});

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
