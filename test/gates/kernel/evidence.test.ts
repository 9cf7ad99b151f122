import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { z } from 'zod';
import { sha256 } from '../../../gates/kernel/digest.ts';
import {
  type Envelope,
  envelopeSchema,
  evidenceText,
  evidenceVersion,
  writeEvidence,
} from '../../../gates/kernel/evidence.ts';
import { keepSecret } from '../../../gates/kernel/redact.ts';
import { blocker } from '../../../gates/kernel/verdict.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const envelope: Envelope = {
  version: evidenceVersion,
  gate: 'smoke',
  sha: 'abcdef0',
  release: 'r',
  subject: 's',
  attempt: 7,
  resumed: false,
  verdict: 'failed',
  reasonCode: 'SMOKE_ASSERTION_FAILED',
  reason: 'why',
  findings: [blocker('SMOKE_ASSERTION_FAILED', 'health', 'password=hunter2', 'status 200')],
  startedAt: '2026-03-02T10:00:00.000Z',
  finishedAt: '2026-03-02T10:00:01.000Z',
  elapsedMs: 1000,
  owner: 'release-desk',
  reviewer: null,
  previous: [],
};

describe('the text of an evidence file', () => {
  it('is the envelope, the body beside it, and fits the schema', () => {
    const { text } = evidenceText(envelope, { surfaces: ['health'] });
    const read = envelopeSchema
      .extend({ surfaces: z.array(z.string()) })
      .strict()
      .parse(JSON.parse(text));
    assert.equal(read.attempt, 7);
    assert.deepEqual(read.surfaces, ['health']);
    assert.ok(text.endsWith('}\n'));
  });

  it('has its own SHA-256 beside it', () => {
    const { text, digest } = evidenceText(envelope, {});
    assert.equal(digest, sha256(text));
  });

  it('holds no secret, neither a known one nor one that looks like it', () => {
    keepSecret('planted "secret"');
    const { text } = evidenceText(envelope, { logs: ['postgres://a:opensesame@db', 'it is planted "secret"'] });
    assert.doesNotMatch(text, /hunter2|opensesame|planted/);
  });
});

describe('an evidence file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  it('is written into folders that are not there yet, and over an older one, with nothing left beside it', async () => {
    const path = join(folder.path, 'a', 'b', 'guard.json');
    await writeEvidence(path, 'one');
    await writeEvidence(path, 'two');
    assert.equal(await readFile(path, 'utf8'), 'two');
    assert.deepEqual(await readdir(join(folder.path, 'a', 'b')), ['guard.json']);
  });

  it('is whole at any moment for those who read it', async () => {
    const path = join(folder.path, 'whole.json');
    const texts = ['a'.repeat(500_000), 'b'.repeat(500_000)];
    await writeEvidence(path, texts[0] ?? '');
    let writing = true;
    const writes = (async () => {
      for (let round = 0; round < 20; round += 1) await writeEvidence(path, texts[round % 2] ?? '');
      writing = false;
    })();
    while (writing) assert.ok(texts.includes(await readFile(path, 'utf8')));
    await writes;
  });

  it('that cannot be written is an error, not silence', async () => {
    const path = join(folder.path, 'taken');
    await mkdir(join(path, 'guard.json'), { recursive: true });
    await assert.rejects(writeEvidence(join(path, 'guard.json'), 'text'), /EISDIR|ENOTEMPTY|EEXIST/);
  });
});
