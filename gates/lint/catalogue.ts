import type { Rule, RuleText } from './rule.ts';
import { accessChange } from './rules/access-change.ts';
import { afterExclusiveLock } from './rules/after-exclusive-lock.ts';
import { attachPartition } from './rules/attach-partition.ts';
import { bulkInsert } from './rules/bulk-insert.ts';
import { cluster } from './rules/cluster.ts';
import { createRule } from './rules/create-rule.ts';
import { createTrigger } from './rules/create-trigger.ts';
import { ddlInDoBlock } from './rules/ddl-in-do-block.ts';
import { deleteWithoutWhere } from './rules/delete-without-where.ts';
import { disableTrigger } from './rules/disable-trigger.ts';
import { dropColumn } from './rules/drop-column.ts';
import { dropData } from './rules/drop-data.ts';
import { dropObject } from './rules/drop-object.ts';
import { dropTable } from './rules/drop-table.ts';
import { dynamicSql } from './rules/dynamic-sql.ts';
import { enumType } from './rules/enum-type.ts';
import { exclusionConstraint } from './rules/exclusion-constraint.ts';
import { foreignKeyWithoutIndex } from './rules/foreign-key-without-index.ts';
import { inlineSuppression } from './rules/inline-suppression.ts';
import { jsonColumn } from './rules/json-column.ts';
import { lockTable } from './rules/lock-table.ts';
import { mergeableAlters } from './rules/mergeable-alters.ts';
import { narrowingType } from './rules/narrowing-type.ts';
import { notEvaluated } from './rules/not-evaluated.ts';
import { notInTransaction } from './rules/not-in-transaction.ts';
import { primaryKey } from './rules/primary-key.ts';
import { primaryKeyUsingIndex } from './rules/primary-key-using-index.ts';
import { refreshMaterializedView } from './rules/refresh-materialized-view.ts';
import { renameObject } from './rules/rename-object.ts';
import { serialColumn } from './rules/serial-column.ts';
import { setAccessMethod } from './rules/set-access-method.ts';
import { setLogged } from './rules/set-logged.ts';
import { setTablespace } from './rules/set-tablespace.ts';
import { standAlone } from './rules/stand-alone.ts';
import { storedGeneratedColumn } from './rules/stored-generated-column.ts';
import { truncate } from './rules/truncate.ts';
import { unparsable } from './rules/unparsable.ts';
import { updateWithoutWhere } from './rules/update-without-where.ts';
import { vacuumFull } from './rules/vacuum-full.ts';
import { weakerColumn } from './rules/weaker-column.ts';
import { squawkRules } from './squawk-rules.ts';
import type { NodeKind } from './tree.ts';

/** The rules on PostgreSQL's parse tree; each is proven against a real PostgreSQL. */
export const treeRules: readonly Rule[] = [
  accessChange,
  afterExclusiveLock,
  attachPartition,
  bulkInsert,
  cluster,
  createRule,
  createTrigger,
  ddlInDoBlock,
  deleteWithoutWhere,
  disableTrigger,
  dropColumn,
  dropData,
  dropObject,
  dropTable,
  enumType,
  exclusionConstraint,
  foreignKeyWithoutIndex,
  jsonColumn,
  lockTable,
  mergeableAlters,
  narrowingType,
  notInTransaction,
  primaryKey,
  primaryKeyUsingIndex,
  refreshMaterializedView,
  renameObject,
  serialColumn,
  setAccessMethod,
  setLogged,
  setTablespace,
  standAlone,
  storedGeneratedColumn,
  truncate,
  updateWithoutWhere,
  vacuumFull,
  weakerColumn,
];

const byKind = new Map<NodeKind, readonly Rule[]>();

/** The rules that look at a kind of statement. */
export function rulesOn(kind: NodeKind): readonly Rule[] {
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const rules = treeRules.filter(({ on }) => on === undefined || on.includes(kind));
  byKind.set(kind, rules);
  return rules;
}

/** What is found by other means than a statement's tree. */
const textRules: readonly RuleText[] = [dynamicSql, inlineSuppression, notEvaluated, unparsable];

/** Every rule of our own, by its id. */
export const ownRules: ReadonlyMap<string, Rule | RuleText> = new Map(
  [...treeRules, ...textRules].map((rule) => [rule.id, rule]),
);

/** The ids that policy may weigh. What destroys data is not among them: it takes an approval. */
export const weighable: readonly string[] = [
  ...[
    ...treeRules.filter((rule) => rule.approval === undefined),
    ...textRules.filter((rule) => rule !== unparsable),
  ].map((rule) => rule.id),
  ...Object.keys(squawkRules),
];
