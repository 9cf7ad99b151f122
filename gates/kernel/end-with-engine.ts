let watching = false;

/**
 * Ends this provider process when the engine that started it is gone. An engine that is killed leaves its providers
 * behind, and such an orphan would keep the promotion lock. The engine holds our standard input open while it lives.
 */
export function endWithEngine(): void {
  if (watching || process.stdin.isTTY) return;
  watching = true;
  process.stdin.once('end', () => process.exit(1));
  process.stdin.once('close', () => process.exit(1));
  process.stdin.once('error', () => process.exit(1));
  process.stdin.resume();
  process.stdin.unref?.();
}
