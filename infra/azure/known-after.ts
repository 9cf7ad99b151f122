import * as pulumi from '@pulumi/pulumi';

/** A value that is known once others are: order as data, which `--target` cannot leave out as it can a dependsOn. */
export function knownAfter<T>(value: pulumi.Input<T>, others: readonly pulumi.Input<unknown>[]): pulumi.Output<T> {
  return pulumi.all([value, ...others]).apply(([first]) => first as T) as pulumi.Output<T>;
}
