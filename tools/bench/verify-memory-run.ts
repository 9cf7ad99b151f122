import { bothSides } from './verify-server.ts';

/** The most memory a process took, in bytes. */
export interface MemoryUsed {
  readonly resident: number;
  /** Seen every few milliseconds: what the collector had not yet taken is in it. */
  readonly heap: number;
}

const url = process.env.BENCH_URL;
if (url === undefined) throw new Error('BENCH_URL; needed the URL of a database');
let heap = 0;
const watch = setInterval(() => {
  heap = Math.max(heap, process.memoryUsage().heapUsed);
}, 5);
await bothSides({ source: url, target: url });
clearInterval(watch);
const used: MemoryUsed = { resident: process.resourceUsage().maxRSS * 1024, heap };
console.log(JSON.stringify(used));
