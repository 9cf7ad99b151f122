import type * as pulumi from '@pulumi/pulumi';
import type { GateInputs } from './gate.ts';
import type { Receipt } from './receipt.ts';
import { RegistryResource } from './registry-resource.ts';

/** A gate in the program. `receipt` is known only once the gate let the release through. */
export class GateResource extends RegistryResource {
  declare readonly receipt: pulumi.Output<Receipt>;
  declare readonly evidence: pulumi.Output<string>;
  declare readonly summary: pulumi.Output<string>;

  /** @param kind the gate's name in the registry. */
  constructor(kind: string, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    const outputs = { receipt: undefined, evidence: undefined, summary: undefined, subject: undefined };
    super(kind, `gates:${typeName(kind)}`, name, { ...inputs, ...outputs }, opts);
  }
}

/** Inputs of a gate as the program gives them. */
export type GateArgs<Inputs = GateInputs> = { [Key in keyof Inputs]: pulumi.Input<Inputs[Key]> };

function typeName(kind: string): string {
  return kind.replace(/(^|-)(.)/g, (_match, _dash, letter: string) => letter.toUpperCase());
}
