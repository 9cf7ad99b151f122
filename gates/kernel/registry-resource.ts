import * as pulumi from '@pulumi/pulumi';
import { stub } from './stub.ts';

/** A dynamic resource whose provider is in the registry under `kind`. `type` is what the engine shows: `<module>:<Name>`. */
export class RegistryResource extends pulumi.CustomResource {
  constructor(kind: string, type: string, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(`pulumi-nodejs:dynamic/${type}`, name, { ...inputs, __provider: stub(kind) }, opts);
  }
}
