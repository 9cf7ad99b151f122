import { runRequest } from './runner/run-request.ts';

// What the image of the gates runs: one call of a provider, where the database can be reached.
await runRequest(async () => (await import('./registry.ts')).callHere);
