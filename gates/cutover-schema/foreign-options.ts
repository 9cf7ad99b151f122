/** Options that say where rows come from, and never hold a secret: their values may be shown. */
const shown = [
  ...['host', 'hostaddr', 'port', 'dbname', 'service', 'sslmode', 'schema', 'schema_name', 'table', 'table_name'],
  ...['column_name', 'extensions', 'updatable', 'truncatable', 'use_remote_estimate', 'fetch_size', 'filename'],
  ...['format', 'header', 'delimiter', 'encoding'],
];

/** The setting of a transaction that hidden values are hashed with; both sides of a comparison have the same. */
export const saltSetting = 'sallyport.salt';

const value = `case when o.option_name = any('{${shown.join(',')}}') then quote_literal(o.option_value)
  else 'hidden ' || left(encode(sha256(convert_to(current_setting('${saltSetting}') || o.option_value, 'UTF8')), 'hex'), 16) end`;

/** SQL for options of a foreign-data wrapper and what hangs on it: which differ can be seen, and no value that may be a password. */
export const optionsOf = (
  column: string,
) => `(select 'options (' || string_agg(quote_ident(o.option_name) || ' ' || ${value}, ', '
  order by o.option_name) || ')' from pg_options_to_table(${column}) o)`;

/** A definition without what a salt made of it: the same in every comparison. */
export function withoutHidden(definition: string): string {
  return definition.replaceAll(/\bhidden [0-9a-f]{16}\b/g, 'hidden');
}
