import { type Node, parse } from 'libpg-query';

/** One statement of an SQL text, as far as running it needs to be known. */
export interface Statement {
  readonly sql: string;
  /** The parser's name of the statement: `AlterTableStmt`, `IndexStmt` … */
  readonly kind: string;
  /** PostgreSQL refuses it inside a transaction. */
  readonly alone: boolean;
  /** It waits for other transactions with a weak lock, so that a short lock_timeout only breaks it. */
  readonly waiting: boolean;
  /** The name of the index that it builds concurrently, without its schema. */
  readonly buildsIndex?: string;
}

const aloneKinds: ReadonlySet<string> = new Set([
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'AlterSystemStmt',
  'CreateSubscriptionStmt',
  'DropSubscriptionStmt',
]);
const databaseWide: ReadonlySet<string> = new Set([
  'REINDEX_OBJECT_SCHEMA',
  'REINDEX_OBJECT_SYSTEM',
  'REINDEX_OBJECT_DATABASE',
]);

/**
 * The statements of an SQL text, in order, as PostgreSQL's own parser sees them.
 * @throws SqlError where PostgreSQL would not take the text either.
 */
export async function statementsOf(sql: string): Promise<readonly Statement[]> {
  const { stmts = [] } = await parse(sql);
  const bytes = Buffer.from(sql);
  return stmts.flatMap(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    if (stmt === undefined) return [];
    const text = bytes
      .subarray(from, length ? from + length : undefined)
      .toString()
      .trim();
    return [{ sql: text, ...describe(stmt) }];
  });
}

function describe(node: Node): Omit<Statement, 'sql'> {
  const kind = Object.keys(node)[0] ?? 'empty';
  const plain = { kind, alone: aloneKinds.has(kind), waiting: false };
  if ('IndexStmt' in node) {
    const { concurrent = false, idxname } = node.IndexStmt;
    return { kind, alone: concurrent, waiting: concurrent, ...(concurrent && idxname && { buildsIndex: idxname }) };
  }
  if ('DropStmt' in node)
    return { ...plain, alone: node.DropStmt.concurrent === true, waiting: node.DropStmt.concurrent === true };
  if ('ReindexStmt' in node) {
    const concurrent = (node.ReindexStmt.params ?? []).some(
      (p) => 'DefElem' in p && p.DefElem.defname === 'concurrently',
    );
    return { kind, alone: concurrent || databaseWide.has(node.ReindexStmt.kind ?? ''), waiting: concurrent };
  }
  if ('VacuumStmt' in node) return { ...plain, alone: node.VacuumStmt.is_vacuumcmd === true };
  if ('ClusterStmt' in node) return { ...plain, alone: node.ClusterStmt.relation === undefined };
  if ('AlterTableStmt' in node) {
    const commands = (node.AlterTableStmt.cmds ?? []).flatMap((c) => ('AlterTableCmd' in c ? [c.AlterTableCmd] : []));
    const detaches = commands.some(
      ({ def }) => def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true,
    );
    const validates = commands.length > 0 && commands.every(({ subtype }) => subtype === 'AT_ValidateConstraint');
    return { kind, alone: detaches, waiting: detaches || validates };
  }
  return plain;
}
