/** A resource as rules see it: of one registration (inputs), or of the whole stack (what the engine knows of each). */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Whether the engine refuses to delete or replace it. */
  readonly protect: boolean;
}

/** A resource with what it stands on. */
export interface GraphResource extends Resource {
  /** Whatever it comes after, for whatever reason: inputs and `dependsOn`. */
  readonly dependencies: readonly GraphResource[];
  /** Input → the resources whose outputs are in it. */
  readonly data: Readonly<Record<string, readonly GraphResource[]>>;
}

/** `app:ContainerApp` of `azure-native:app:ContainerApp`, whatever API version the token names; else undefined. */
export function azureType({ type }: Resource): string | undefined {
  const [, module, name] = /^azure-native[^:]*:([^:/]+)(?:\/[^:]*)?:(\w+)$/.exec(type) ?? [];
  return module === undefined || name === undefined ? undefined : `${module}:${name}`;
}

/** `gates:Migrate` of a dynamic resource of Sallyport; else undefined. */
export function dynamicType({ type }: Resource): string | undefined {
  return /^pulumi-nodejs:dynamic\/(\w+:\w+)$/.exec(type)?.[1];
}
