import { digestPiece } from '../../verify/workers/digest-piece.ts';
import { copyPiece } from '../copy/copy-piece.ts';
import type { Tasks } from './task.ts';

/** All that a worker can do. */
export const everyTask: Tasks = { digest: digestPiece, copy: copyPiece };
