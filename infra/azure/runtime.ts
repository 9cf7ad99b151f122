import type * as pulumi from '@pulumi/pulumi';

/** What a container needs of the estate, each known once it may be used: an identity when its roles are assigned. */
export interface Runtime {
  /** ARM id. */
  readonly environmentId: pulumi.Output<string>;
  /** Login server. */
  readonly registry: pulumi.Output<string>;
  /** ARM id of the user-assigned identity. */
  readonly identity: pulumi.Output<string>;
}
