import { setFlagsFromString } from 'node:v8';

// PostgreSQL's parser is a WebAssembly module of 2 MB. Compiling it a second time, for speed, costs more than it saves,
// and 400 MB of memory. It is compiled when it is imported: this file is imported before it.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
