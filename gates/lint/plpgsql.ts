import './compile-once.ts';

import { parsePlPgSQLSync, parseSync } from 'libpg-query';
import { as, nameOf } from './tree.ts';

/** SQL that a DO block runs; `sql` is absent when it is not known before the block runs. */
export interface Embedded {
  readonly sql: string | undefined;
  readonly source: string;
  readonly dynamic: boolean;
  /** Line in the block, from 0. */
  readonly line: number;
  readonly why: string;
}

interface Expression {
  readonly PLpgSQL_expr?: { readonly query?: string };
}

/** What a DO block runs, in the order it is written. An unreadable block is one piece that is not known. */
export function embeddedIn(block: string): readonly Embedded[] {
  const found: Embedded[] = [];
  try {
    collect(parsePlPgSQLSync(block), found);
  } catch (error) {
    const why = `the block cannot be read: ${(error as Error).message}`;
    found.push({ sql: undefined, source: block, dynamic: false, line: 0, why });
  }
  return found;
}

function collect(node: unknown, found: Embedded[]): void {
  if (Array.isArray(node)) for (const each of node) collect(each, found);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  for (const [kind, content] of Object.entries(node) as [string, Record<string, unknown>][]) {
    const line = Math.max(0, Number(content?.lineno ?? 1) - 1);
    if (kind === 'PLpgSQL_stmt_execsql') {
      const source = queryOf(content.sqlstmt);
      found.push({ sql: source, source: source ?? '', dynamic: false, line, why: "PL/pgSQL's own form of SQL" });
    } else if (kind === 'PLpgSQL_stmt_dynexecute' || kind === 'PLpgSQL_stmt_dynfors') {
      const source = queryOf(content.query) ?? '';
      const why = 'the text is put together when it runs';
      found.push({ sql: constantOf(source), source: `execute ${source}`, dynamic: true, line, why });
    }
    collect(content, found);
  }
}

function queryOf(expression: unknown): string | undefined {
  return (expression as Expression | undefined)?.PLpgSQL_expr?.query;
}

/** The text of an expression that is a constant, or a format() whose every argument is one. */
function constantOf(expression: string): string | undefined {
  const select = as(parseSync(`select ${expression}`).stmts?.[0]?.stmt, 'SelectStmt');
  const value = as(select?.targetList?.[0], 'ResTarget')?.val;
  const constant = as(value, 'A_Const')?.sval?.sval;
  if (constant !== undefined) return constant;
  const call = as(value, 'FuncCall');
  if (call === undefined || (call.funcname ?? []).map(nameOf).at(-1) !== 'format') return undefined;
  const [pattern, ...given] = (call.args ?? []).map((argument) => as(argument, 'A_Const')?.sval?.sval);
  if (pattern === undefined || given.some((each) => each === undefined)) return undefined;
  let next = 0;
  return pattern.replaceAll(/%[IsL%]/g, (mark) => {
    const argument = mark === '%%' ? '' : (given[next++] ?? '');
    if (mark === '%%') return '%';
    if (mark === '%s') return argument;
    return mark === '%I' ? `"${argument.replaceAll('"', '""')}"` : `'${argument.replaceAll("'", "''")}'`;
  });
}
