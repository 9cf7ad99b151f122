import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { projectRoot } from '../../gates/kernel/project-root.ts';
import { everyGate } from '../../gates/registry.ts';
import { generatedFiles } from '../../tools/schemas/generated-files.ts';
import { replaceGenerated } from '../../tools/schemas/replace-generated.ts';
import { evidenceProblems, schemaProblems } from '../support/schema-problems.ts';

const fixtures = 'test/fixtures/evidence';
const read = (path: string) => readFile(join(projectRoot, path), 'utf8');
const stackFile = async () => parse(await read('Pulumi.local.yaml')) as { config: Record<string, unknown> };

async function fixtureFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const path of glob(`${fixtures}/*/*.json`, { cwd: projectRoot })) files.push(path);
  return files.sort();
}

describe('generated files', () => {
  it('are committed as they are generated now', async () => {
    for (const [path, text] of await generatedFiles()) {
      assert.equal(await read(path), text, `${path} is not as generated; run: npm run schemas`);
    }
  });

  it('name the file and the line that is missing where a part cannot be placed', () => {
    assert.throws(() => replaceGenerated('README.md', 'no marker', 'reason codes', ''), /README\.md has no part/);
  });
});

describe('the schemas of the evidence', () => {
  it('hold for every file that real promotions wrote, passed and failed', async () => {
    const seen = new Set<string>();
    const verdicts = new Set<string>();
    for (const path of await fixtureFiles()) {
      const text = await read(path);
      if (path.endsWith('/release.json')) {
        assert.deepEqual(await schemaProblems('gates/kernel/release.schema.json', JSON.parse(text)), [], path);
        continue;
      }
      assert.deepEqual(await evidenceProblems(text), [], path);
      const { gate, verdict } = JSON.parse(text);
      seen.add(gate);
      verdicts.add(verdict);
    }
    assert.deepEqual([...seen].sort(), (await everyGate()).map((gate) => gate.name).sort());
    assert.ok(verdicts.has('passed') && verdicts.has('failed'));
  });

  it('refuse a file of another version, another gate, or with what the gate does not write', async () => {
    const [path] = (await fixtureFiles()).filter((file) => file.endsWith('/migration.json'));
    const evidence = JSON.parse(await read(path ?? ''));
    for (const change of [
      { version: 2 },
      { sha: undefined },
      { logs: 'text' },
      { more: 1 },
      { reasonCode: 'no code' },
    ]) {
      const changed = JSON.stringify({ ...evidence, ...change });
      assert.notDeepEqual(await evidenceProblems(changed), [], JSON.stringify(change));
    }
    const schema = 'gates/smoke/evidence.schema.json';
    assert.notDeepEqual(await schemaProblems(schema, evidence), []);
  });
});

describe('the schema of the stack file', () => {
  it('takes the worked example, a replay and a secret', async () => {
    const { config } = await stackFile();
    const more = { 'sallyport:replay': '0123abc', 'sallyport:api-token': { secure: 'v1:…' }, 'other:key': 'value' };
    assert.deepEqual(await schemaProblems('stacks/config.schema.json', { config: { ...config, ...more } }), []);
  });

  it('refuses what the program refuses: unknown keys, wrong values, a secret in clear', async () => {
    const { config } = await stackFile();
    const mistakes = [
      { 'sallyport:platform': { kind: 'moon' } },
      { 'sallyport:platfrom': { kind: 'local' } },
      { 'sallyport:release': { sha: 'HEAD', services: {} } },
      { 'sallyport:guard': { comands: {} } },
      { 'sallyport:api-token': 'in clear' },
      { 'sallyport:smoke': undefined },
    ];
    for (const mistake of mistakes) {
      const given = JSON.parse(JSON.stringify({ config: { ...config, ...mistake } }));
      assert.notDeepEqual(await schemaProblems('stacks/config.schema.json', given), [], JSON.stringify(mistake));
    }
  });

  it('is named in the first line of the worked example, where editors look for it', async () => {
    const [line] = (await read('Pulumi.local.yaml')).split('\n');
    assert.equal(line, '# yaml-language-server: $schema=./stacks/config.schema.json');
  });
});
