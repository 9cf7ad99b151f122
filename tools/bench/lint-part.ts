/** One measured run of preflight's rules on files and of lint, in a process of its own; see lint.ts. */
import { argv } from 'node:process';
import { lintEach } from '../../gates/lint/lint-each.ts';
import { openDirectory } from '../../gates/migrate/migration-directory.ts';
import { migrationSet } from '../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../gates/migrate/tools/index.ts';

const [directory = '', cache = ''] = argv.slice(2);
const began = performance.now();
const tool = 'node-pg-migrate';
const opened = openDirectory(directory);
const { files } = migrationSet(opened, migrationTool(tool));
const signal = AbortSignal.timeout(600_000);
const lint = { policy: {}, approvals: [] };
await lintEach(files, { directory, opened, migrations: { tool }, shown: directory, lint, cache, signal });
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seconds, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
