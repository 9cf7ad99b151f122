import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { issueReceipt, type Receipt } from '../../gates/kernel/receipt.ts';
import { assertRefused, assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

interface Exported {
  readonly deployment: {
    readonly resources: { readonly outputs?: { receipt: Receipt } }[];
  };
}

describe('a way around the gates', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let first: string;

  before(async () => {
    project = await promotionProject();
    first = project.config.release.sha;
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await project.pointTo('good');
  });
  after(() => project.remove());

  for (const target of ['flip', 'accept']) {
    it(`is refused when only the ${target} is targeted with a new release`, async () => {
      assertRefused(await project.up('--target', `**promotion-${target}`), 'RECEIPT_MISMATCH preflight');
      await assertServing(project, first);
    });
  }

  it('is refused when the migration is left out', async () => {
    const { output } = assertRefused(await project.up('--exclude', '**promotion-migrate'), 'RECEIPT_MISMATCH migrate');
    assert.doesNotMatch(output, /candidate: (api|passed)/);
    await assertServing(project, first);
  });

  it('is refused when the smoke gate is left out', async () => {
    const { output } = assertRefused(await project.up('--exclude', '**promotion-smoke'), 'RECEIPT_MISMATCH smoke');
    assert.doesNotMatch(output, /flip: api /);
    await assertServing(project, first);
  });

  it('is refused when a guard command is left out', async () => {
    await project.pointTo('good', { sha: 'a'.repeat(40) });
    assertRefused(await project.up('--exclude', '**guard-quick'), 'COMMAND_NOT_RUN quick');
    await assertServing(project, first);
  });

  it('does not open behind a closed gate when the engine is told to continue on error', async () => {
    await project.pointTo('good', { sha: 'c'.repeat(40) });
    project.config.smoke.surfaces.health.assertions.push({ id: 'never', status: 418 });
    // The engine itself adds a stack trace here: its Node SDK has nobody to tell that a resource failed to register.
    const { code, output } = await project.up('--continue-on-error');
    project.config.smoke.surfaces.health.assertions.pop();
    assert.notEqual(code, 0);
    assert.match(output, /SMOKE_ASSERTION_FAILED health never/);
    assert.doesNotMatch(output, /flip: api |accept: passed/);
    await assertServing(project, first);
  });

  async function exportState(): Promise<Exported> {
    const { code, output } = await project.pulumi('stack', 'export', '--file', join(project.root, 'state.json'));
    assert.equal(code, 0, output);
    return JSON.parse(await readFile(join(project.root, 'state.json'), 'utf8'));
  }

  async function importState(state: Exported): Promise<void> {
    await writeFile(join(project.root, 'state.json'), JSON.stringify(state));
    const { code, output } = await project.pulumi('stack', 'import', '--file', join(project.root, 'state.json'));
    assert.equal(code, 0, output);
  }

  const receiptsIn = (state: Exported) =>
    state.deployment.resources.flatMap(({ outputs }) => (outputs?.receipt === undefined ? [] : [outputs]));

  it('is refused when receipts in the state were altered, or made up so well that only the ledger knows', async () => {
    await project.pointTo('good', { sha: 'd'.repeat(40) });
    const proven = await project.up('--exclude', '**promotion-flip', '--exclude', '**promotion-accept');
    assert.equal(proven.code, 0, proven.output);
    const real = await exportState();
    const forge = (change: (receipt: Receipt) => Receipt) => {
      const state = structuredClone(real);
      for (const outputs of receiptsIn(state)) {
        if (outputs.receipt.gate === 'smoke') outputs.receipt = change(outputs.receipt);
      }
      return importState(state);
    };
    await forge((receipt) => ({ ...receipt, data: { ...receipt.data, proven: [] } }));
    assertRefused(await project.up('--target', '**promotion-flip'), 'RECEIPT_MISMATCH smoke');
    await forge(({ digest: _own, ...content }) => issueReceipt({ ...content, data: { ...content.data, proven: [] } }));
    assertRefused(await project.up('--target', '**promotion-flip'), 'RECEIPT_UNKNOWN smoke');
    await assertServing(project, first);
    await importState(real);
  });

  it('is refused when its receipts are older than the accepted release: what they prove was another moment', async () => {
    const proven = await exportState();
    await project.pointTo('good', {
      sha: 'e'.repeat(40),
      files: { 'migrations/20250401090000_add-note.sql': '-- Up Migration\nalter table events add note text;\n' },
    });
    const other = await project.up();
    assert.equal(other.code, 0, other.output);
    await importState(proven);
    await project.pointTo('good', { sha: 'd'.repeat(40) });
    assertRefused(await project.up('--target', '**promotion-flip'), 'RECEIPT_STALE preflight');
    await assertServing(project, 'e'.repeat(40));
  });
});
