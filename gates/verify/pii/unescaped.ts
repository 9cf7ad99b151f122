const types: Readonly<Record<string, number>> = { json: 1, jsonb: 1, _json: 2, _jsonb: 2 };

/**
 * SQL of a value's text, with escapes resolved where it is JSON: `\u0040` is an at sign there, and the n of `\n` no letter before a
 * number. Only what stands for one character of ASCII is one, all others are a question mark: nothing that JSON may hold fails.
 * An array's text has each backslash twice.
 */
export function unescaped(text: string, type: string): string {
  return Array.from({ length: types[type] ?? 0 }).reduce(once, text) as string;
}

/**
 * A backslash that is escaped waits as a control character, of which JSON has none, so that it begins nothing. What then still has
 * a backslash is a code of four digits; few values have one, and to go over a value token by token is slow.
 */
function once(text: unknown): string {
  return `(select case when strpos(v.text, '\\') = 0 then v.text else (
    select replace(case when strpos(s.text, '\\') = 0 then s.text else (
      select string_agg(case
        when token ~ '^\\\\u00[2-7]' then chr(('x' || right(token, 2))::bit(8)::int)
        when left(token, 1) = '\\' then '?'
        else token end, '' order by place)
      from regexp_matches(s.text, '\\\\u[0-9a-fA-F]{4}|[^\\\\]+', 'g') with ordinality m (tokens, place),
        lateral (select tokens[1] as token) t) end, chr(1), '\\')
    from (select regexp_replace(replace(replace(replace(
      v.text, '\\\\', chr(1)), '\\"', '"'), '\\/', '/'), '\\\\[bfnrt]', ' ', 'g') as text offset 0) s) end
  from (select ${text} as text offset 0) v)`;
}
