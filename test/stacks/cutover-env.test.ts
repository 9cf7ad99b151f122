import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { fromTargetVariable } from '../../gates/cutover/replication/source-conninfo.ts';
import { fromSourceVariable } from '../../gates/cutover/steps/target-conninfo.ts';
import { projectRoot } from '../../gates/kernel/project-root.ts';

const read = (name: string) => readFile(join(projectRoot, name), 'utf8');

describe('the template of the variables of a cutover', () => {
  it('names every variable that the worked example and the commands read, and no other', async () => {
    const { source, target } = parse(await read('cutover.yaml'));
    const sides = { source: { direct: source, at: '' }, target: { direct: target, at: '' } };
    const [reviewer] = /CUTOVER_\w+/.exec(await read('tools/approve.ts')) ?? [];
    const pooled = [source, target].map((direct: string) => direct.replace('_DIRECT_', '_POOLED_'));
    const named = (await read('cutover.env.example')).matchAll(/^(\w+)=/gm);
    assert.deepEqual(
      [...named].map(([, name]) => name).sort(),
      [source, target, ...pooled, fromTargetVariable(sides), fromSourceVariable(sides), reviewer].sort(),
    );
  });

  it('has no password, and what is filled in is not committed', async () => {
    const values = [...(await read('cutover.env.example')).matchAll(/^\w+=(.+)$/gm)].map(([, value]) => value);
    assert.ok(values.length > 0);
    for (const value of values)
      assert.match(value ?? '', /^postgres:\/\/<role>:<password>@<host>:5432\/<database>\?sslmode=require$/);
    assert.match(await read('.gitignore'), /^cutover\.env$/m);
  });
});
