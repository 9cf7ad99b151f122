import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Plain JavaScript: tools/run.mjs needs it before Node 24 is installed.
// The lock only saves double work. What it guards must be safe without it: two takers of a dead lock may both go on.
const heartbeatMs = 5_000;
const deadAfterMs = 30_000;

export async function withLock(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  for (let waited = false; !take(path); ) {
    if (isDead(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await sleep(500);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isDead(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > deadAfterMs) return true;
    const pid = Number(readFileSync(path, 'utf8'));
    // An empty file is one that its holder is just writing.
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // ENOENT: the holder has finished. EPERM: it lives and belongs to another user.
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
