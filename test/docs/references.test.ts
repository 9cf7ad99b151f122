import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { before, describe, it } from 'mocha';
import { reasonCodes } from '../../gates/kernel/reason-codes.ts';
import { rules } from '../../gates/policy/rules.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { projectRoot } from '../../tools/project.ts';

const docs = join(projectRoot, 'docs');
const sources = ['gates', 'infra', 'stacks', 'tools'];

/** What is named in capitals and is not ours: variables that others read. */
const variables = /^(ARM|AZURE|PULUMI)_[A-Z_]+$/;

describe('what the docs name', () => {
  let pages: ReadonlyMap<string, string>;

  before(async () => {
    const names = (await readdir(docs)).filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
    const read = async (name: string) => [name, await readFile(join(projectRoot, name), 'utf8')] as const;
    pages = new Map(await Promise.all(['README.md', 'DECISIONS.md', ...names].map(read)));
  });

  it('is there, where it is a link to a file or to a heading', async () => {
    const broken: string[] = [];
    for (const [page, text] of pages) {
      // Not what looks like one in code: a pattern, say.
      const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
      for (const [, target = ''] of prose.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = '', heading] = target.split('#');
        const file = path === '' ? page : relative(projectRoot, join(projectRoot, dirname(page), path));
        const there = await stat(join(projectRoot, file)).catch(() => undefined);
        const linked = heading === undefined ? [] : headingsOf(pages.get(file) ?? '');
        if (!there || (heading !== undefined && !linked.includes(heading))) broken.push(`${page}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('is a script of the project, where it is one of npm', () => {
    for (const [page, text] of pages) {
      for (const [, script = ''] of text.matchAll(/npm run (?:--silent |-s )?([\w:-]+)/g)) {
        assert.ok(script in packageJson.scripts, `${page}: npm run ${script}`);
      }
    }
  });

  it('is a reason that is given, where it is a code', async () => {
    const own = await codesInSources();
    for (const page of ['docs/azure.md', 'docs/ci.md']) {
      for (const [, code = ''] of (pages.get(page) ?? '').matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)) {
        assert.ok(code in reasonCodes || own.has(code) || variables.test(code), `${page}: ${code}`);
      }
    }
  });

  it('is the policy pack as it is: each rule, and what it refuses by', async () => {
    const text = pages.get('docs/azure.md') ?? '';
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| .* \| (`POLICY_.*`) \|$/gm)];
    assert.deepEqual(rows.map(([, name]) => name).sort(), rules.map(({ name }) => name).sort());
    const codes = rows.flatMap(([, , given = '']) => given.match(/[A-Z_]+/g) ?? []);
    const all = Object.keys(reasonCodes).filter(
      (code) => code.startsWith('POLICY_') && code !== 'POLICY_NOT_EVALUATED',
    );
    assert.deepEqual([...new Set(codes)].sort(), all.sort());
  });
});

/** Headings as GitHub makes anchors of them. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Codes of tools and of the configuration, which are in no catalogue. */
async function codesInSources(): Promise<ReadonlySet<string>> {
  const codes = new Set<string>();
  for (const folder of sources) {
    const files = (await readdir(join(projectRoot, folder), { recursive: true })).filter((name) => /\.ts$/.test(name));
    for (const file of files) {
      const text = await readFile(join(projectRoot, folder, file), 'utf8');
      for (const [, code = ''] of text.matchAll(/['`]([A-Z]+(?:_[A-Z]+)+)[':]/g)) codes.add(code);
    }
  }
  return codes;
}
