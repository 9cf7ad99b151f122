import type { JsonSchema } from './json-schema.ts';

/** A member of an object, as one of the object's shapes has it. */
export interface Member {
  readonly key: string;
  readonly schema: JsonSchema;
  /** In every shape of the object, or in every one that the choice leads to. */
  readonly required: boolean;
  /** What has to be chosen for it to be there, `kind: azure`; nothing where it always is, or where it is the choice. */
  readonly chosenBy: readonly string[];
}

/** The members of an object that has one shape, or may have one of several. */
export function membersOfObject(schema: JsonSchema): readonly Member[] {
  const shapes = shapesOf(schema);
  const keys = new Set(shapes.flatMap(({ properties }) => Object.keys(properties ?? {})));
  return [...keys].flatMap((key) => variantsOf(shapes, key));
}

function variantsOf(shapes: readonly JsonSchema[], key: string): readonly Member[] {
  const having = shapes.filter((shape) => memberOf(shape, key) !== undefined);
  const everywhere = having.length === shapes.length;
  const values = having.map((shape) => memberOf(shape, key)?.const);
  if (values.length > 1 && values.every((value) => value !== undefined)) {
    return [{ key, schema: { enum: [...new Set(values)] }, required: everywhere, chosenBy: [] }];
  }
  const alike = Map.groupBy(having, (shape) => JSON.stringify(memberOf(shape, key)));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    const schema = first && memberOf(first, key);
    const chosenBy = everywhere && group.length === having.length ? [] : [...new Set(group.flatMap(choiceOf))];
    const needed = group.every((shape) => shape.required?.includes(key));
    const required = needed && (everywhere || chosenBy.length > 0);
    return schema === undefined ? [] : [{ key, schema, required, chosenBy }];
  });
}

/** None for what is no object in one of its branches. */
function shapesOf(schema: JsonSchema): readonly JsonSchema[] {
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches === undefined) return schema.properties === undefined ? [] : [schema];
  const shapes = branches.map((branch) => shapesOf(branch as JsonSchema));
  return shapes.some((each) => each.length === 0) ? [] : shapes.flat();
}

/** The member by whose value shapes are told apart. */
function choiceOf(shape: JsonSchema): readonly string[] {
  return Object.keys(shape.properties ?? {})
    .filter((key) => memberOf(shape, key)?.const !== undefined)
    .map((key) => `${key}: ${memberOf(shape, key)?.const}`);
}

function memberOf(shape: JsonSchema, key: string): JsonSchema | undefined {
  return shape.properties?.[key] as JsonSchema | undefined;
}
