import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleRelease } from '../stacks/app/releases/assemble.ts';
import { sampleReleases } from '../stacks/app/releases/catalogue.ts';
import { ASSEMBLED_DIRECTORY, pointToSample } from './point-to-sample.ts';
import { projectRoot } from './project.ts';
import { SetupError } from './setup-error.ts';

/** `npm run sample -- <name>`: points Pulumi.local.yaml to a release of the sample application. */
const CONFIGURATION = join(projectRoot, 'Pulumi.local.yaml');

try {
  await sample(process.argv[2]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`sample: ${error.code}: ${error.message}`);
  process.exitCode = 1;
}

async function sample(name: string | undefined): Promise<void> {
  const release = sampleReleases.find((known) => known.name === name);
  if (!release) {
    const list = sampleReleases.map((known) => `  ${known.name.padEnd(14)} ${known.title}`).join('\n');
    throw new SetupError(
      'SAMPLE_UNKNOWN',
      `${name ? `there is no release ${name}` : 'no release named'}; there are:\n${list}`,
    );
  }
  const pointed = pointToSample(await readFile(CONFIGURATION, 'utf8'), release);
  if (release.name !== 'first')
    await assembleRelease(release.name, join(projectRoot, ASSEMBLED_DIRECTORY, release.name));
  await replaceFile(CONFIGURATION, pointed.text);
  console.log(`sample: ${release.name} (${release.sha.slice(0, 12)}): ${release.title}`);
  for (const change of pointed.changes) console.log(`  ${change}`);
  if (pointed.changes.length === 0) console.log('  Pulumi.local.yaml points to it already');
  console.log('next: npm run pulumi -- preview, then npm run pulumi -- up');
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
}
