import type { Column } from "drizzle-orm/column";
import type { Name, Param, QueryWithTypings, SQL, SQLChunk, StringChunk } from "drizzle-orm/sql/sql";
import type { Table } from "drizzle-orm/table";
import { aliasedOf, inlineText, sqlOf, subqueryOf, VIEW_CONFIG, viewOf } from "../drizzle-internals.ts";
import {
  ALIASED,
  COLUMN,
  isKind,
  kindOf,
  NAME,
  PARAM,
  PLACEHOLDER,
  SUBQUERY,
  TABLE,
  TEXT,
  TREE,
  VIEW,
} from "./kinds.ts";
import { type Names, quote } from "./names.ts";

/** A statement as far as it is written, and how the rest is to be written. */
interface Page {
  text: string;
  readonly params: unknown[];
  readonly names: Names;
  /** For index expressions: columns without their table. */
  readonly isIndex: boolean;
  /** Values are written into the text instead of bound. */
  isInline: boolean;
}

/**
 * HOT (bench/drizzle.ts): writes an SQL tree as text and parameters.
 *
 * Gives what `SQL.toQuery` gives, but appends to one text and one list where that makes and merges an object per chunk.
 */
export function render(tree: SQL, names: Names, isIndex: boolean): QueryWithTypings {
  const page: Page = { text: "", params: [], names, isIndex, isInline: false };
  writeTree(page, tree);
  const { params } = page;
  if (params.length === 0) return { sql: page.text, params };
  return { sql: page.text, params, typings: new Array(params.length).fill("none") };
}

function writeTree(page: Page, tree: object): void {
  const { queryChunks, shouldInlineParams } = sqlOf(tree);
  const wasInline = page.isInline;
  page.isInline = wasInline || shouldInlineParams;
  for (let i = 0; i < queryChunks.length; i++) write(page, queryChunks[i]);
  page.isInline = wasInline;
}

function write(page: Page, chunk: SQLChunk): void {
  if (chunk === undefined) return;
  if (typeof chunk !== "object" || chunk === null) {
    writeForeign(page, chunk);
    return;
  }
  switch (kindOf(chunk)) {
    case TEXT: {
      const { value } = chunk as StringChunk;
      const only: unknown = value[0];
      page.text += value.length === 1 && typeof only === "string" ? only : value.join("");
      break;
    }
    case TREE:
      writeTree(page, chunk);
      break;
    case COLUMN: {
      const text = page.names.column(chunk as Column);
      page.text += page.isIndex ? text.name : text.qualified;
      break;
    }
    case PARAM:
      writeParam(page, chunk as Param);
      break;
    case TABLE:
      page.text += page.names.table(chunk as Table);
      break;
    case NAME:
      page.text += quote((chunk as Name).value);
      break;
    case PLACEHOLDER:
      bind(page, chunk);
      break;
    case VIEW: {
      const { name, schema, isAlias } = viewOf(chunk)[VIEW_CONFIG];
      page.text += schema === undefined || isAlias ? quote(name) : `${quote(schema)}.${quote(name)}`;
      break;
    }
    case ALIASED: {
      const { fieldAlias } = aliasedOf(chunk);
      if (fieldAlias === undefined) writeForeign(page, chunk);
      else page.text += quote(fieldAlias);
      break;
    }
    case SUBQUERY: {
      const { sql, alias, isWith } = subqueryOf(chunk);
      if (!isWith) {
        page.text += "(";
        write(page, sql);
        page.text += ") ";
      }
      page.text += quote(alias);
      break;
    }
    default:
      if (Array.isArray(chunk)) writeList(page, chunk);
      else writeForeign(page, chunk);
  }
}

function writeList(page: Page, list: readonly SQLChunk[]): void {
  page.text += "(";
  for (let i = 0; i < list.length; i++) {
    if (i > 0) page.text += ", ";
    write(page, list[i]);
  }
  page.text += ")";
}

function writeParam(page: Page, param: Param): void {
  const { value } = param;
  if (isKind(value, PLACEHOLDER)) {
    bind(page, param);
    return;
  }
  const mapped: unknown = value === null ? null : param.encoder.mapToDriverValue(value);
  if (isKind(mapped, TREE)) writeTree(page, mapped);
  else writeValue(page, mapped);
}

function writeValue(page: Page, value: unknown): void {
  if (page.isInline) page.text += inlineText(value, quoteText);
  else bind(page, value);
}

function bind(page: Page, value: unknown): void {
  page.text += "?";
  page.params.push(value);
}

/** What is none of Drizzle's own chunks: an enum of pg-core, anything with `getSQL`, or a bare value. */
function writeForeign(page: Page, chunk: unknown): void {
  if (isEnum(chunk)) {
    page.text += chunk.schema ? `${quote(chunk.schema)}.${quote(chunk.enumName)}` : quote(chunk.enumName);
  } else if (isWrapper(chunk)) {
    const isBare = chunk.shouldOmitSQLParens?.();
    if (!isBare) page.text += "(";
    write(page, chunk.getSQL());
    if (!isBare) page.text += ")";
  } else {
    writeValue(page, chunk);
  }
}

const ENUM_MARK = Symbol.for("drizzle:isPgEnum");

function isEnum(chunk: unknown): chunk is { readonly enumName: string; readonly schema: string | undefined } {
  return typeof chunk === "function" && ENUM_MARK in chunk && chunk[ENUM_MARK] === true;
}

function isWrapper(chunk: unknown): chunk is { getSQL(): SQL; shouldOmitSQLParens?(): boolean } {
  return chunk !== null && chunk !== undefined && typeof (chunk as { getSQL?: unknown }).getSQL === "function";
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
