/** One measured run of preflight's rules on files and of lint, in a process of its own; see lint.ts. */
import { argv } from 'node:process';
import { lintEach } from '../../gates/lint/lint-each.ts';
import { migrationSet } from '../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../gates/migrate/tools/index.ts';

const [directory = '', cache = ''] = argv.slice(2);
const began = performance.now();
const { files } = migrationSet(directory, migrationTool('node-pg-migrate'));
const signal = AbortSignal.timeout(600_000);
await lintEach(files, { directory, shown: directory, lint: { policy: {}, approvals: [] }, cache, signal });
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seconds, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
