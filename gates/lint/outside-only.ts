import type { Node } from 'libpg-query';
import { as, optionsOf } from './tree.ts';

/** Names a statement that PostgreSQL refuses inside a transaction block; undefined for any other. */
export function outsideOnly(node: Node): string | undefined {
  if (as(node, 'IndexStmt')?.concurrent === true) return 'create index concurrently';
  const drop = as(node, 'DropStmt');
  if (drop?.removeType === 'OBJECT_INDEX' && drop.concurrent === true) return 'drop index concurrently';
  const reindex = as(node, 'ReindexStmt');
  if (reindex !== undefined) {
    if (optionsOf(reindex.params).has('concurrently')) return 'reindex concurrently';
    if (wide.has(reindex.kind ?? '')) return 'reindex of a schema or database';
  }
  if (as(node, 'VacuumStmt')?.is_vacuumcmd === true) return 'vacuum';
  const cluster = as(node, 'ClusterStmt');
  if (cluster !== undefined && cluster.relation === undefined) return 'cluster of every table';
  const detached = (as(node, 'AlterTableStmt')?.cmds ?? []).some(
    (each) => as(as(each, 'AlterTableCmd')?.def, 'PartitionCmd')?.concurrent === true,
  );
  if (detached) return 'detach partition concurrently';
  if (as(node, 'CreatedbStmt') !== undefined) return 'create database';
  if (as(node, 'DropdbStmt') !== undefined) return 'drop database';
  if (as(node, 'CreateTableSpaceStmt') !== undefined) return 'create tablespace';
  if (as(node, 'DropTableSpaceStmt') !== undefined) return 'drop tablespace';
  if (as(node, 'AlterSystemStmt') !== undefined) return 'alter system';
  return undefined;
}

const wide = new Set(['REINDEX_OBJECT_SCHEMA', 'REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE']);
