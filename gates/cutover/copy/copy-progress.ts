import type { Progress } from '../../kernel/progress.ts';
import type { CopiedPiece } from './copy-piece.ts';

/** Milliseconds between two lines at the least. */
const everyMs = 5_000;

/** A piece that is done: its part of the tables' size, and how far the run is with it. */
interface Step extends CopiedPiece {
  /** Bytes on disk, about. */
  readonly weight: number;
  readonly heard: number;
  readonly of: number;
}

/** Tells of a copy of `total` bytes on disk: pieces, rows, rate, and the time that is left at that rate. */
export function copyProgress(say: Progress, total: number) {
  let since: number | undefined;
  let said = 0;
  let [rows, bytes, weight, weightBefore] = [0, 0, 0, 0];
  return {
    /** From here on pieces are done now, and not by an earlier try. */
    begin: (): void => {
      since = performance.now();
      said = since;
      weightBefore = weight;
      bytes = 0;
    },
    done: (step: Step): void => {
      rows += step.rows;
      bytes += step.bytes;
      weight += step.weight;
      if (since === undefined) return;
      const now = performance.now();
      if (now - said < everyMs && step.heard < step.of) return;
      said = now;
      const elapsed = Math.max(now - since, 1) / 1000;
      const rate = (bytes / elapsed / 1e6).toFixed(1);
      const left = ((total - weight) * elapsed) / Math.max(weight - weightBefore, 1);
      const remaining =
        step.heard === step.of ? `${elapsed.toFixed(1)} s` : `about ${Math.ceil(Math.max(left, 0))} s left`;
      say(`${step.heard} of ${step.of} parts, ${rows} rows, ${rate} MB/s, ${remaining}`);
    },
  };
}
