import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Provider } from '@pulumi/pulumi/provider/index.js';
import { hasSecret, hasUnknown, plain, redactor, secret } from '../stand-in/engine-values.ts';
import { type ArmClient, ArmRefusal } from './arm-client.ts';
import { bodyOf, dropAbsent, type Json, outputsOf } from './body.ts';
import { driftedInputs } from './drifted-inputs.ts';
import { invoke } from './invoke.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { pathInputs, type ResourceType, resourcePath, resourceTypes } from './resource-types.ts';

/** Where the state keeps the inputs of the last update, as the original does: its outputs are what the service shows. */
const inputsKey = '__inputs';

/**
 * The provider of the types in {@link resourceTypes}, after the documented behaviour of @pulumi/azure-native: the whole
 * body in every PUT, another resource when a name or the region changes, nothing taken over that is already there. In a
 * preview nothing is called: the server of @pulumi/pulumi does not announce support for them.
 */
export function azureProvider(settings: () => ProviderSettings, arm: ArmClient): Omit<Provider, 'version'> {
  const pathOf = (type: ResourceType, inputs: Json) =>
    resourcePath(type, settings().subscriptionId, plain(inputs) as Json);

  /** Writes the resource; what was made and then failed is kept in the state as such. */
  async function put(type: ResourceType, id: string, inputs: Json): Promise<Json> {
    if (hasUnknown(inputs)) throw new Error(`${id}: a value is unknown`);
    const redact = redactor(inputs);
    try {
      return stateOf(type, inputs, await arm.put(id, type.apiVersion, bodyOf(type, inputs)));
    } catch (error) {
      const message = redact(error instanceof Error ? error.message : String(error));
      if (!(error instanceof ArmRefusal && error.accepted)) throw new Error(message);
      throw Object.assign(new Error(message), { id, properties: stateOf(type, inputs, {}), reasons: [message] });
    }
  }

  return {
    check: async (urn, olds, news) => {
      const type = typeOf(urn);
      if (type === undefined) {
        return { inputs: news, failures: [{ property: 'type', reason: `the stand-in does not know ${tokenOf(urn)}` }] };
      }
      const inputs = withDefaults(type, urn, olds ?? {}, dropAbsent(news) as Json, settings().location);
      const needed = [...pathInputs(type), ...(type.required ?? [])];
      const failures = needed
        .filter((property) => inputs[property] === undefined)
        .map((property) => ({ property, reason: `Missing required property '${property}'` }));
      return { inputs, failures };
    },
    diff: async (_id, urn, olds, news) => diff(known(urn), inputsOf(olds), news),
    create: async (urn, news) => {
      const type = known(urn);
      const id = pathOf(type, news);
      if (!type.comesWithParent && (await arm.get(id, type.apiVersion)) !== undefined) {
        throw new Error(`cannot create already existing resource '${id}'; import it, or give it another name`);
      }
      return { id, outs: await put(type, id, news) };
    },
    read: async (id, urn, state) => {
      const type = known(urn);
      const answer = await arm.get(id, type.apiVersion);
      if (answer === undefined) return { id: '', props: {} };
      const before = inputsOf(state ?? {});
      const { [inputsKey]: _, ...outputs } = state ?? {};
      const inputs = driftedInputs(type, before, plain(outputs) as Json, outputsOf(type, answer));
      return { id, props: stateOf(type, inputs, answer), inputs };
    },
    update: async (id, urn, _olds, news) => ({ outs: await put(known(urn), id, news) }),
    delete: async (id, urn) => {
      const type = known(urn);
      if (!type.comesWithParent) await arm.delete(id, type.apiVersion);
    },
    invoke: async (token, args) => ({ outputs: await invoke(settings(), arm, token, plain(args) as Json) }),
  };
}

/** What the state keeps: what the service shows, secret where the input of that name was, and the inputs. */
function stateOf(type: ResourceType, inputs: Json, answer: Json): Json {
  const outputs = outputsOf(type, answer);
  const marked = Object.entries(outputs).map(([name, value]) => [
    name,
    hasSecret(inputs[name]) ? secret(value) : value,
  ]);
  return { ...Object.fromEntries(marked), [inputsKey]: secret(plain(inputs)) };
}

function inputsOf(state: Json): Json {
  return (plain(state[inputsKey]) ?? {}) as Json;
}

function diff(type: ResourceType, olds: Json, news: Json) {
  const after = dropAbsent(news) as Json;
  const names = [...new Set([...Object.keys(olds), ...Object.keys(after)])];
  const changed = names.filter((name) => !isSame(name, olds[name], after[name]));
  const fixed = new Set([...pathInputs(type), 'location', ...(type.replaces ?? [])]);
  // An unknown value may turn out to be the old one.
  const replaces = changed.filter((name) => fixed.has(name) && !hasUnknown(after[name]));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: replaces.length > 0 };
}

function isSame(name: string, old: unknown, now: unknown): boolean {
  if (hasUnknown(now)) return false;
  if (name === 'location') return regionOf(old) === regionOf(now);
  return isDeepStrictEqual(dropAbsent(plain(old)), plain(now));
}

// 'West Europe' and 'westeurope' are one region.
const regionOf = (value: unknown) => String(plain(value)).toLowerCase().replaceAll(' ', '');

/** Fills in the region, and a name where the program leaves it to the provider: the one from before, or a new one. */
function withDefaults(type: ResourceType, urn: string, olds: Json, news: Json, location: string | undefined): Json {
  const inputs: Record<string, unknown> = { ...news };
  const own = pathInputs(type).at(-1) as string;
  if (inputs[own] === undefined && !type.required?.includes(own)) {
    const isGuid = /^(roleAssignmentName|roleDefinitionId)$/.test(own);
    const made = isGuid ? randomUUID() : `${urn.split('::').at(-1)}${randomBytes(4).toString('hex')}`;
    inputs[own] = plain(olds[own]) ?? made;
  }
  if (inputs.location === undefined && location !== undefined && !type.regionless) {
    inputs.location = plain(olds.location) ?? location;
  }
  return inputs;
}

const tokenOf = (urn: string) => urn.split('::')[2]?.split('$').at(-1) ?? '';
const typeOf = (urn: string): ResourceType | undefined => resourceTypes[tokenOf(urn).replace('azure-native:', '')];

function known(urn: string): ResourceType {
  const type = typeOf(urn);
  if (type === undefined) throw new Error(`the stand-in does not know ${tokenOf(urn)}`);
  return type;
}
