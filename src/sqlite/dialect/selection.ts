import type { Column } from "drizzle-orm/column";
import { Name, SQL, type SQLChunk } from "drizzle-orm/sql/sql";
import { aliasedOf, type SelectedField, sqlOf, subqueryOf, TABLE_COLUMNS, tableOf } from "../drizzle-internals.ts";
import { ALIASED, COLUMN, isKind, kindOf, SUBQUERY, TABLE, TREE } from "./kinds.ts";
import { type Names, quote } from "./names.ts";
import type { Tree } from "./tree.ts";

/** Lists the fields of a selection in order, each with its path in the result. */
export function orderFields(fields: object, prefix?: readonly string[]): SelectedField[] {
  const ordered: SelectedField[] = [];
  addFields(ordered, fields, prefix);
  return ordered;
}

function addFields(ordered: SelectedField[], fields: object, prefix: readonly string[] | undefined): void {
  for (const [name, field] of Object.entries(fields)) {
    const path = prefix === undefined ? [name] : [...prefix, name];
    switch (kindOf(field)) {
      case COLUMN:
      case TREE:
      case ALIASED:
      case SUBQUERY:
        ordered.push({ path, field });
        break;
      case TABLE:
        addFields(ordered, tableOf(field)[TABLE_COLUMNS], path);
        break;
      default:
        addFields(ordered, field, path);
    }
  }
}

/**
 * HOT (bench/drizzle.ts): appends what is selected from `tree`'s tables.
 *
 * From a single table, and in RETURNING, columns go without the table's name.
 */
export function addSelection(tree: Tree, names: Names, fields: readonly SelectedField[], isSingleTable: boolean): void {
  for (let i = 0; i < fields.length; i++) {
    if (i > 0) tree.text(", ");
    const field = (fields[i] as SelectedField).field as object;
    switch (kindOf(field)) {
      case COLUMN: {
        const text = names.column(field as Column);
        tree.text(isSingleTable ? text.selected : text.selectedQualified);
        break;
      }
      case TREE:
        addExpression(tree, names, field, isSingleTable);
        break;
      case ALIASED: {
        const { sql, fieldAlias, isSelectionField } = aliasedOf(field);
        if (!isSelectionField) {
          addExpression(tree, names, sql, isSingleTable);
          tree.text(" as ");
        }
        tree.text(quote(fieldAlias));
        break;
      }
      case SUBQUERY:
        adoptDecoder(field);
        tree.chunk(field as SQLChunk);
        break;
    }
  }
}

/** Appends what a statement returns, each column renamed to `c0`, `c1` … */
export function addRenamedSelection(tree: Tree, names: Names, fields: readonly SelectedField[]): void {
  fields.forEach(({ path, field }, i) => {
    if (i > 0) tree.text(", ");
    const value = field as object;
    const kind = kindOf(value);
    if (kind === ALIASED && !aliasedOf(value).isSelectionField) {
      addExpression(tree, names, aliasedOf(value).sql, true);
    } else if (kind === SUBQUERY) {
      adoptDecoder(value);
      tree.text("(");
      tree.chunk(subqueryOf(value).sql);
      tree.text(")");
    } else {
      addSelection(tree, names, [{ path, field }], true);
    }
    tree.text(` as "c${i}"`);
  });
}

/** From a single table, the columns that lie at the top of an expression lose the table's name too. */
function addExpression(tree: Tree, names: Names, expression: object, isSingleTable: boolean): void {
  if (!isSingleTable) {
    tree.chunk(expression as SQL);
    return;
  }
  // as a new tree, which like Drizzle's own forgets `inlineParams()`
  const chunks: SQLChunk[] = [];
  const bare = new SQL(chunks);
  for (const chunk of sqlOf(expression).queryChunks) {
    chunks.push(isKind(chunk, COLUMN) ? new Name(names.cased(chunk as Column)) : chunk);
  }
  tree.chunk(bare);
}

/** The value of a subquery that selects one field is read as that field would be. */
function adoptDecoder(subquery: object): void {
  const { selectedFields, sql } = subqueryOf(subquery);
  const [field, ...others] = Object.values(selectedFields) as object[];
  if (field === undefined || others.length > 0) return;
  const target = sqlOf(sql);
  const kind = kindOf(field);
  if (kind === COLUMN) {
    target.decoder = { mapFromDriverValue: (value) => (field as Column).mapFromDriverValue(value) };
  } else {
    const { decoder } = sqlOf(kind === TREE ? field : aliasedOf(field).sql);
    if (decoder) target.decoder = decoder;
  }
}
