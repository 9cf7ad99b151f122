import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse as parseYaml } from 'yaml';
import { projectRoot } from '../../gates/kernel/project-root.ts';
import { schemaProblems } from '../support/schema-problems.ts';
import { parse, parsed, type RawConfig } from './sample-config.ts';

async function file(name = 'prod'): Promise<{ text: string; config: Record<string, unknown>; raw: RawConfig }> {
  const text = await readFile(join(projectRoot, `Pulumi.${name}.yaml`), 'utf8');
  const { config } = parseYaml(text);
  const raw = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace('sallyport:', ''), value]));
  return { text, config, raw };
}

/** The file with a value of one's own for each of its placeholders. */
function filled(text: string): RawConfig {
  const own = text
    .replaceAll('00000000-0000-0000-0000-000000000000', '11111111-2222-3333-4444-555555555555')
    .replaceAll(`sha256:${'0'.repeat(64)}`, `sha256:${'a'.repeat(64)}`)
    .replaceAll('0'.repeat(40), 'a'.repeat(40))
    .replaceAll('registry.example.com', 'shopregistry.azurecr.io');
  const { config } = parseYaml(own);
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace('sallyport:', ''), value]));
}

describe('Pulumi.prod.yaml', () => {
  it('is a configuration without a mistake once its placeholders are filled in', async () => {
    const { platform, release } = parsed(filled((await file()).text));
    assert.ok(platform.kind === 'azure' && platform.gates.runner === 'job');
    assert.deepEqual(Object.keys(release.services), ['api', 'web', 'worker']);
  });

  it('is refused as it is, for its placeholders alone', async () => {
    const result = parse((await file()).raw);
    assert.ok('length' in result, 'a file of placeholders was taken');
    for (const { key, found } of result) assert.match(found, /^the placeholder /, key);
    assert.deepEqual(result.map(({ key }) => key.replace('sallyport:', '')).sort(), [
      'platform.gates.image',
      'platform.operator.objectId',
      'platform.registry.existing',
      'platform.subscription',
      'platform.tenant',
      'release.services.api.image',
      'release.services.web.image',
      'release.services.worker.image',
      'release.sha',
    ]);
  });

  it('satisfies the schema that editors read', async () => {
    const { config } = await file();
    assert.deepEqual(await schemaProblems('stacks/config.schema.json', { config }), []);
  });

  it('asks the same surfaces of the sample app as the local stack', async () => {
    const [prod, local] = await Promise.all([file(), file('local')]);
    assert.deepEqual(parsed(filled(prod.text)).smoke.surfaces, parsed(local.raw).smoke.surfaces);
  });
});
