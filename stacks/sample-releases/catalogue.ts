/** A release of the sample application that comes with the project. */
export interface SampleRelease {
  readonly name: string;
  readonly sha: string;
  /** What it is, and which gate lets it through or stops it. */
  readonly title: string;
}

/** `first` is the application as it stands; each other one is `first` with the files of its directory laid over it. */
export const sampleReleases = [
  release('first', '6792c98c3d6c648cc6b7d66344f0503cfbcc5fdf', 'the desk as it stands'),
  release(
    'good',
    'c5aa55cf0969965e6aece5b932cb98a2d3f06cd7',
    'adds the channel of an event: a column with a default, an index, API and pages show it',
  ),
  release(
    'bad-naming',
    'abc7cc78d1052c7d3590d4f29697e87c514553a2',
    'preflight refuses: a migration breaks the naming rule',
  ),
  release(
    'bad-order',
    '1007f309d69f407d5dbbc3ccfd7078233e7a7cda',
    'preflight refuses: a migration is older than the newest applied one',
  ),
  release(
    'bad-edited',
    'c920a9941623bec1e40cf4f3af92f8f48db85d14',
    'preflight refuses: an applied migration was edited',
  ),
  release(
    'bad-duplicate',
    '541cec45a89757a9da3005fd5f7ef6599a53c5c7',
    'preflight refuses: two migrations share a prefix',
  ),
  release(
    'bad-lint',
    'a756d8ecab76f0d8cb0c8fef81d5835934ecfe84',
    'lint refuses: a migration drops a column without an approval and builds an index that keeps writers out',
  ),
  release('bad-types', '2b04adeef712d09366c59a6231ca3dda5349e825', 'guard refuses: the typecheck of the API fails'),
  release(
    'bad-migration',
    'aca42be828eac122feb0e089935697167797a146',
    'rehearse refuses: a migration meets rows that it does not expect, and fails half-way',
  ),
  release(
    'bad-index',
    '32b73dc321f1787f7bba3b8e3255c14c24722c5a',
    'rehearse refuses: a unique index over duplicates would be left invalid',
  ),
  release(
    'bad-lock',
    'f08909d6db2f0b77de2fbb2c5f173b3f6089c4a0',
    'migrate refuses while events are in use: the migration needs them alone',
  ),
  release('bad-slow', '90976d00e11d2e6adc1f3e4f95f7a40ceb81cbd1', 'rehearse refuses: a statement runs for ten minutes'),
  release(
    'bad-hang',
    '6da4b042b4084b86c38d43907f3427c330f441f0',
    'rehearse refuses: the migration hangs outside of any statement',
  ),
  release(
    'bad-health',
    '0e57372dd39a8a37b8222c85d05511f0fe4c231a',
    'candidate refuses: the API waits for a table that no migration makes',
  ),
  release(
    'bad-smoke',
    'c9d2f34f53c7b89e49799d8015cc20f27a49351f',
    'smoke refuses: the overview of the candidate answers wrongly',
  ),
  release(
    'bad-break',
    '38c422bbae013a817963a1acb8d8fb713ce485e1',
    'rehearse refuses: the migration renames a column that the serving release reads',
  ),
] as const;

/** The names that `npm run sample` takes. */
export type SampleName = (typeof sampleReleases)[number]['name'];

function release<Name extends string>(name: Name, sha: string, title: string): SampleRelease & { readonly name: Name } {
  return { name, sha, title };
}
