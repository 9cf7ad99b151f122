import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Node, parse } from 'libpg-query';
import { sha256 } from '../kernel/digest.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { projectRoot } from '../kernel/project-root.ts';
import type { Release } from '../kernel/release.ts';
import { sectionsIn } from '../migrate/migration-sections.ts';
import { migrationTool } from '../migrate/tools/index.ts';

/** What a review of the migrations' DDL came to. */
export interface Review {
  /** Migration → what its way up takes away. */
  readonly destructive: ReadonlyMap<string, readonly string[]>;
  /** Migrations, or parts of them, that are no SQL that could be read. */
  readonly notEvaluated: readonly string[];
}

/**
 * Reviews the way up of every migration for statements that take data or objects away (C1, C5).
 * @throws GateError INPUTS_INVALID when a file is not the release's.
 */
export async function reviewDdl({ migrations }: Release, directory: string): Promise<Review> {
  const destructive = new Map<string, readonly string[]>();
  const notEvaluated: string[] = [];
  const root = resolve(projectRoot, directory);
  const sectionsOf = sectionsIn(root, migrationTool(migrations.tool), migrations.values);
  for (const migration of migrations.files) {
    const { name, file } = migration;
    if (sha256(await readFile(join(root, file))) !== migration.sha256) {
      throw gateError('INPUTS_INVALID', file, 'a file that has changed since the preview', 'the file of the release');
    }
    const { up, evaluated, reason } = sectionsOf(migration);
    if (!evaluated) {
      notEvaluated.push(`${file}: ${reason}`);
      continue;
    }
    try {
      const { taken, blocks } = await reviewSql(up);
      if (taken.length > 0) destructive.set(name, taken);
      if (blocks > 0) notEvaluated.push(`${file}: ${blocks} DO ${blocks === 1 ? 'block' : 'blocks'}`);
    } catch (error) {
      notEvaluated.push(`${file}: ${messageOf(error)}`);
    }
  }
  return { destructive, notEvaluated };
}

/** What an SQL text takes away, statement by statement, and how many DO blocks hide what they do. */
export async function reviewSql(sql: string): Promise<{ taken: readonly string[]; blocks: number }> {
  const { stmts = [] } = await parse(sql);
  const nodes = stmts.flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
  return { taken: nodes.flatMap(takenBy), blocks: nodes.filter((node) => 'DoStmt' in node).length };
}

function takenBy(node: Node): readonly string[] {
  if ('DropStmt' in node) {
    const kind = String(node.DropStmt.removeType).replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase();
    return kind === 'index' ? [] : [`drop ${kind}`];
  }
  if ('TruncateStmt' in node) return ['truncate'];
  if ('DropdbStmt' in node) return ['drop database'];
  if ('DropOwnedStmt' in node) return ['drop owned'];
  if ('DeleteStmt' in node) return node.DeleteStmt.whereClause === undefined ? ['delete without where'] : [];
  if ('UpdateStmt' in node) return node.UpdateStmt.whereClause === undefined ? ['update without where'] : [];
  if (!('AlterTableStmt' in node)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((command) => {
    if (!('AlterTableCmd' in command)) return [];
    const { subtype, name } = command.AlterTableCmd;
    return subtype === 'AT_DropColumn' ? [`drop column ${name}`] : [];
  });
}
