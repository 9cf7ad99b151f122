import type { ClientBase } from 'pg';
import { type Catalog, type CatalogScope, readCatalog } from '../catalog/catalog.ts';
import { besideQueries } from './beside-queries.ts';
import { finerQueries, functionsOfTypes } from './finer-queries.ts';
import { saltSetting } from './foreign-options.ts';

interface Row {
  readonly name: string;
  readonly definition: string | null;
}

const begin = 'begin isolation level repeatable read read only';
const qualifyEverything = `set local search_path = ''`;
const setSalt = `select set_config('${saltSetting}', $1, true)`;

/**
 * The catalog of gates/catalog, and what that one leaves out of the schema: two databases are compared by it, and nothing
 * keeps it. With the same `salt` what must not be shown is comparable. The session must not be in a transaction.
 */
export async function readWholeCatalog(client: ClientBase, scope: CatalogScope, salt: string): Promise<Catalog> {
  const whole = new Map(await readCatalog(client, scope));
  await client.query(begin);
  try {
    await client.query(qualifyEverything);
    await client.query(setSalt, [salt]);
    for (const [kind, query] of Object.entries(finerQueries)) {
      for (const { name, definition } of (await client.query<Row>(query)).rows) {
        const known = whole.get(`${kind} ${name}`);
        if (known === undefined || definition === null || definition === '') continue;
        whole.set(`${kind} ${name}`, `${definition}, ${known}`);
      }
    }
    for (const [kind, query] of Object.entries(besideQueries)) {
      for (const { name, definition } of (await client.query<Row>(query, [scope.withoutSchemas])).rows) {
        whole.set(`${kind} ${name}`, definition ?? '');
      }
    }
    const withTypes = (await client.query<Row>(functionsOfTypes)).rows.map(({ name }) => name);
    return withoutFunctions(whole, withTypes);
  } finally {
    await client.query('rollback');
  }
}

function withoutFunctions(catalog: Catalog, names: readonly string[]): Catalog {
  const gone = (object: string) =>
    names.some((name) => object === `function ${name}` || object.startsWith(`grant ${name} to `));
  return new Map([...catalog].filter(([object]) => !gone(object)));
}
