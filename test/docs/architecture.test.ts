import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'mocha';
import type { Gate } from '../../gates/kernel/gate.ts';
import { projectRoot } from '../../gates/kernel/project-root.ts';
import { gateProvider } from '../../gates/kernel/provider.ts';

/** The example of docs/architecture.md, as a reader would put it into the project. */
async function exampleGate(): Promise<Gate> {
  const text = await readFile(join(projectRoot, 'docs', 'architecture.md'), 'utf8');
  const [, source] = /```ts\n(import .*?)```/s.exec(text) ?? [];
  assert.ok(source, 'docs/architecture.md shows no gate');
  const kernel = pathToFileURL(join(projectRoot, 'gates', 'kernel')).href;
  // Within the project, so that its packages are found.
  const places = join(projectRoot, '.sallyport');
  await mkdir(places, { recursive: true });
  const folder = await mkdtemp(join(places, 'example-'));
  try {
    await writeFile(join(folder, 'headroom.ts'), source.replaceAll("'../kernel/", `'${kernel}/`));
    const { headroom } = await import(pathToFileURL(join(folder, 'headroom.ts')).href);
    return headroom;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the gate that the docs show', () => {
  it('is a gate: it judges, reports what its schema says, and has a provider', async () => {
    const gate = await exampleGate();
    const inputs = { connections: 20 } as never;
    assert.deepEqual(gate.judge({ free: 88 }, inputs), []);
    for (const facts of [{ free: 88 }, undefined]) {
      assert.ok(gate.evidence.body.safeParse(gate.report(inputs, facts, undefined)).success);
    }
    assert.equal(gate.summary(inputs, { free: 88 }, undefined), '88 free connections');
    assert.equal(typeof gateProvider(gate).check, 'function');
  });

  it('is refused its inputs where they do not fit', async () => {
    const gate = await exampleGate();
    const { failures } = await gateProvider(gate).check({}, { connections: -1 });
    assert.match(failures[0]?.reason ?? '', /INPUTS_INVALID/);
  });
});
