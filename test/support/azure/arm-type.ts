import { z } from 'zod';
import type { ArmId } from './arm-id.ts';
import type { ArmWorld, Held, Json } from './arm-world.ts';

/** What the endpoint knows of a type of resource; it refuses whatever is not said here. */
export interface ArmType {
  readonly apiVersion: string;
  readonly name: RegExp;
  /** The body of a PUT. Strict: what it does not know is refused. */
  readonly body: z.ZodType<Json>;
  /** Paths in the body that a second PUT may not change. */
  readonly fixed?: readonly string[];
  /** Paths in the body that are never shown. */
  readonly hidden?: readonly string[];
  /** What hangs together with other resources; throws ArmFailure. */
  check?(world: ArmWorld, id: ArmId, body: Json, before: Held | undefined): void;
  /** What the service adds to `properties`. */
  made?(world: ArmWorld, id: ArmId, body: Json, before: Held | undefined): Json;
  /** Work of a long-running PUT; without it the PUT is done at once. */
  settle?(world: ArmWorld, held: Held): Promise<void>;
  /** Work of a long-running DELETE. */
  remove?(world: ArmWorld, held: Held): Promise<void>;
  /** POST calls on the resource by their last step. */
  readonly actions?: Readonly<Record<string, (held: Held) => Json>>;
}

export const location = z.string().regex(/^[a-z0-9]+$/, 'a region');
export const tags = z.record(z.string(), z.string()).optional();

/** A body with a region, and nothing but this beside `properties`. */
export function regional<T extends z.ZodRawShape, B extends z.ZodRawShape>(properties: T, beside?: B) {
  return z.strictObject({ location, tags, ...beside, properties: z.strictObject(properties).prefault({} as never) });
}

/** A body of a child without a region. */
export function child<T extends z.ZodRawShape>(properties: T) {
  return z.strictObject({ properties: z.strictObject(properties).prefault({} as never) });
}
