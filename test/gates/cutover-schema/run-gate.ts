// A program that is killed: runs gate cutover-schema on the inputs in a file.
import { readFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { cutoverSchema } from '../../../gates/cutover-schema/cutover-schema.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';

await gateProvider(cutoverSchema).create(JSON.parse(await readFile(argv[2] ?? '', 'utf8')));
