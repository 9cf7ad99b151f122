import { type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';
import { needsOf } from '../needs.ts';

/** Below this a disk that has no room for it would have shown otherwise. */
const worthSaying = 1024 ** 3;

/** No SQL says how much of a disk is free: what will be needed is said, for somebody to look. */
export function room(facts: PreflightFacts): readonly Finding[] {
  const { plan, pending, source } = facts;
  if (!pending || source.bytes < worthSaying) return [];
  const { targetBytes, walBytes } = needsOf(facts);
  const onTarget = warning(
    'ROOM_NOT_KNOWN',
    plan.target.direct,
    'a disk whose free space no SQL tells',
    `about ${gigabytes(targetBytes)} free there`,
  );
  if (walBytes === 0) return [onTarget];
  const needed = `about ${gigabytes(walBytes)} free there, for WAL that is kept back`;
  return [onTarget, warning('ROOM_NOT_KNOWN', plan.source.direct, 'a disk whose free space no SQL tells', needed)];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
