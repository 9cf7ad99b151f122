import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, startDeskServer } from '../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { hazards } from '../lint/hazards.ts';
import { rulesFor } from '../lint/rules-for.ts';
import { lintOfHistory, traceOfHistory } from './sample-history.ts';
import { traceHazard } from './trace-hazard.ts';

/** What no trace of statements can see: what later statements and other sessions run into, or what the text means. */
const byRuleOnly: ReadonlySet<string> = new Set([
  'json-column',
  'enum-type',
  'drop-object',
  'access-change',
  'ban-create-domain-with-constraint',
  'ban-uncommitted-transaction',
  'transaction-nesting',
  'identifier-too-long',
]);

describe('the hazards that others name', () => {
  let server: DeskServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let rules: ReadonlyMap<string, readonly string[]>;
  before(async () => {
    server = await startDeskServer();
    folder = await temporaryFolder();
    const directory = join(folder.path, 'hazards');
    await mkdir(directory);
    const migrations = hazards.map(({ sql, outside }, at) => ({ name: `h${at}`, sql, transactional: !outside }));
    rules = await rulesFor(directory, migrations, writeFile);
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });

  for (const [at, hazard] of hazards.entries()) {
    const alone = byRuleOnly.has(hazard.rule);
    const seen = alone ? 'by a rule alone' : 'by the trace';
    it(`are found ${seen}: ${hazard.sql.slice(0, 70)}`, async () => {
      const traced = await traceHazard(server, `hazard_${at}`, hazard);
      assert.ok(rules.get(`h${at}`)?.includes(hazard.rule) || traced.found, `by neither; the trace saw ${traced.saw}`);
      assert.equal(traced.found, !alone, traced.saw);
    });
  }

  it('are none of what the history of the sample application does', async () => {
    assert.deepEqual([await lintOfHistory(), await traceOfHistory(server, 'history')], [[], []]);
  });
});
