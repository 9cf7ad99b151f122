import type { GraphResource } from './resource.ts';

/**
 * Everything that a resource's inputs are made of, however far away. `dependsOn` counts for nothing: `--target` and
 * `--exclude` leave it out and exit with 0, data they cannot leave out.
 * @param through only this input of the resource itself; `*` is all of them.
 */
export function dataAncestors(resource: GraphResource, through = '*'): ReadonlySet<GraphResource> {
  const found = new Set<GraphResource>();
  const next = [...(through === '*' ? Object.values(resource.data).flat() : (resource.data[through] ?? []))];
  for (let ancestor = next.pop(); ancestor !== undefined; ancestor = next.pop()) {
    if (found.has(ancestor)) continue;
    found.add(ancestor);
    next.push(...Object.values(ancestor.data).flat());
  }
  return found;
}

/** Everything that a resource comes after, for whatever reason. */
export function ancestors(resource: GraphResource): ReadonlySet<GraphResource> {
  const found = new Set<GraphResource>();
  const next = [...resource.dependencies];
  for (let ancestor = next.pop(); ancestor !== undefined; ancestor = next.pop()) {
    if (found.has(ancestor)) continue;
    found.add(ancestor);
    next.push(...ancestor.dependencies);
  }
  return found;
}
