/**
 * The code of a dynamic resource that the engine keeps in every user's state, where pulumi.dynamic.Resource would put a
 * serialised closure: it only asks the registry, which is loaded when it is called. It is written and not serialised, so
 * it is the same with every version of SDK and compiler, and no run spends time on it.
 * The registry's path, relative to the program's folder, must never change: old state calls it with old code.
 */
export function stub(kind: string): string {
  const methods = ['check', 'diff', 'create', 'update', 'read', 'delete'];
  return [
    // Before the registry, so that it is compiled once a version and not once a run.
    `require('node:module').enableCompileCache('../.sallyport/cache/node');`,
    `const registry = () => import('../gates/registry.ts');`,
    `const ask = (method) => async (...args) => (await registry()).call(${JSON.stringify(kind)}, method, args);`,
    'exports.handler = () => ({',
    '  configure: async (request) => (await registry()).configure(request),',
    ...methods.map((method) => `  ${method}: ask('${method}'),`),
    '});',
    '',
  ].join('\n');
}
