import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleRelease } from '../stacks/sample-releases/assemble.ts';
import { sampleReleases } from '../stacks/sample-releases/catalogue.ts';
import { ASSEMBLED_DIRECTORY, pointToSample } from './point-to-sample.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const CONFIGURATION = join(projectRoot, 'Pulumi.local.yaml');

// `npm run sample -- <name>`: point Pulumi.local.yaml to a release of the sample application.
await runTool(async () => {
  const name = process.argv[2];
  const release = sampleReleases.find((known) => known.name === name);
  if (!release) throw unknown(name);
  const pointed = pointToSample(await readFile(CONFIGURATION, 'utf8'), release);
  if (release.name !== 'first')
    await assembleRelease(release.name, join(projectRoot, ASSEMBLED_DIRECTORY, release.name));
  await replaceFile(CONFIGURATION, pointed.text);
  console.log(`sample: ${release.name} (${release.sha.slice(0, 12)}): ${release.title}`);
  for (const change of pointed.changes) console.log(`  ${change}`);
  if (pointed.changes.length === 0) console.log('  Pulumi.local.yaml points to it already');
  console.log('next: npm run pulumi -- preview, then npm run pulumi -- up');
  return 0;
});

function unknown(name: string | undefined): SetupError {
  const list = sampleReleases.map((known) => `  ${known.name.padEnd(14)} ${known.title}`).join('\n');
  const found = name ? `There is no sample release ${name}` : 'Name a sample release';
  return new SetupError('SAMPLE_UNKNOWN', `${found}: npm run sample -- <name>, where <name> is one of\n${list}`);
}

/** The file is the old one or the new one at every moment. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
}
