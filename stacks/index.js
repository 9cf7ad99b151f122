import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Each preview and up compiles the program and its SDK anew in a fresh process. The cache has to be on before anything of
// them is imported, and before the first TypeScript: this file is JavaScript, and imports nothing.
enableCompileCache(join(import.meta.dirname, '..', '.sallyport', 'cache', 'node'));
// The SDK looks every stack of every promise up in source maps. Native TypeScript has none: a frame says where it is.
Reflect.deleteProperty(Error, 'prepareStackTrace');
const { program } = await import('./program.ts');

export const { addresses, release, evidence } = await program();
