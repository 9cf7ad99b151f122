import { type ClientBase, DatabaseError } from 'pg';
import type { CatalogDifference } from '../catalog/compare.ts';

const qualifyEverything = `set local search_path = ''`;
const readView = `select pg_get_viewdef('pg_temp.sallyport_printed'::regclass) as printed`;
const readLocale = `
select quote_literal(coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate)) as printed
from pg_collation l where l.collname = 'sallyport_printed' and l.collnamespace = pg_my_temp_schema()`;

/** A definition in two parts: what must be equal as it stands, and what each version of the server writes in its own way. */
interface Parts {
  readonly head: string;
  readonly own: string;
}

/** How the server is made to write the source's: a statement that makes the object for the time being, and what reads it. */
interface Print {
  readonly parts: (definition: string) => Parts;
  readonly make: (own: string) => string;
  readonly read: string;
}

const prints: Readonly<Record<string, Print>> = {
  // A view's text is printed from its tree.
  'view ': {
    parts: (definition) => splitAt(definition, /(?<=^|, )\s*(SELECT|WITH|VALUES|TABLE)\b/),
    make: (query) => `create temporary view sallyport_printed as ${query}`,
    read: readView,
  },
  // From 16 on a locale of ICU is kept as a language tag: `de@collation=phonebook` as `de-u-co-phonebk`.
  'collation ': {
    parts: (definition) =>
      definition.startsWith('provider icu,')
        ? splitAt(definition, /(?<=, locale )'(?:[^']|'')*'$/)
        : { head: definition, own: '' },
    make: (locale) => `create collation pg_temp.sallyport_printed (provider = icu, locale = ${locale})`,
    read: readLocale,
  },
};

/** Whether two definitions differ only in how the servers' versions write the same: this server is asked to write the source's. */
export async function printedAlike(target: ClientBase, { object, found, needed }: CatalogDifference): Promise<boolean> {
  const print = Object.entries(prints).find(([kind]) => object.startsWith(kind))?.[1];
  if (print === undefined || found === undefined || needed === undefined) return false;
  const [is, should] = [print.parts(found), print.parts(needed)];
  if (is.head !== should.head || should.own === '') return false;
  await target.query('begin');
  try {
    await target.query(qualifyEverything);
    await target.query(print.make(should.own));
    const { rows } = await target.query<{ printed: string }>(print.read);
    return rows[0]?.printed === is.own;
  } catch (error) {
    if (error instanceof DatabaseError) return false; // this server cannot make it of that text: a difference
    throw error;
  } finally {
    await target.query('rollback');
  }
}

function splitAt(definition: string, own: RegExp): Parts {
  const at = definition.search(own);
  return at < 0 ? { head: definition, own: '' } : { head: definition.slice(0, at), own: definition.slice(at) };
}
