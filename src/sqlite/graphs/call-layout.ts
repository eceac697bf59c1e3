import type { JsonObject, JsonValue } from "../../graphs/mod.ts";
import type { RawRow, SqlParameter } from "../../honker/mod.ts";
import { type AttributeSql, columnOf, type GraphLayout, jsonPath, sqlText } from "./layout.ts";

/** A column that holds one attribute. */
interface AttributeColumn {
  readonly attribute: string;
  readonly column: string;
  /** `json` columns hold JSON text, the others the value itself; SQL's null is an absent attribute. */
  readonly kind: "text" | "integer" | "json";
}

/** All but the request id, which is the key. */
const CALL_COLUMNS: readonly AttributeColumn[] = [
  { attribute: "operationId", column: '"operation_id"', kind: "text" },
  { attribute: "status", column: '"status"', kind: "text" },
  { attribute: "parentRequestId", column: '"parent_request_id"', kind: "text" },
  { attribute: "input", column: '"input"', kind: "json" },
  { attribute: "output", column: '"output"', kind: "json" },
  { attribute: "error", column: '"error"', kind: "json" },
  { attribute: "identity", column: '"identity"', kind: "json" },
  { attribute: "startedAt", column: '"started_at"', kind: "integer" },
  { attribute: "completedAt", column: '"completed_at"', kind: "integer" },
];
const REQUEST_ID: AttributeColumn = { attribute: "requestId", column: '"request_id"', kind: "text" };
const ABSENT: AttributeSql = { value: "NULL", type: "NULL" };

/** The native tables of call graphs: a column for each attribute. */
export const callGraphLayout: GraphLayout = {
  nodes: {
    table: '"call_nodes"',
    key: '"request_id"',
    type: "'call'",
    hasTypeColumn: false,
    columns: CALL_COLUMNS.map(({ column }) => column),
    encode: (attributes) => CALL_COLUMNS.map(({ attribute, kind }) => encode(kind, attributes[attribute])),
    decode: decodeCall,
    attribute: callAttribute,
  },
  edges: {
    table: '"call_edges"',
    key: '"key"',
    type: '"type"',
    hasTypeColumn: true,
    source: '"source_request_id"',
    target: '"target_request_id"',
    undirected: undefined,
    columns: [], // its edges have no attributes
    encode: () => [],
    decode: () => ({}),
    attribute: () => ABSENT,
  },
  indexesAttributes: false,
};

function encode(kind: AttributeColumn["kind"], value: JsonValue | undefined): SqlParameter {
  if (value === undefined) return null;
  return kind === "json" ? JSON.stringify(value) : (value as SqlParameter);
}

function decodeCall(row: RawRow, at: number, key: string): JsonObject {
  const call: Record<string, JsonValue> = { requestId: key };
  for (let i = 0; i < CALL_COLUMNS.length; i++) {
    const value = row[at + i]!;
    if (value === null) continue;
    const { attribute, kind } = CALL_COLUMNS[i]!;
    call[attribute] = kind === "json" ? (JSON.parse(value as string) as JsonValue) : (value as JsonValue);
  }
  return call;
}

function callAttribute(alias: string, [first, ...rest]: readonly string[]): AttributeSql {
  const found = first === "requestId" ? REQUEST_ID : CALL_COLUMNS.find(({ attribute }) => attribute === first);
  if (found === undefined) return ABSENT;
  const column = columnOf(alias, found.column);
  if (found.kind === "json") {
    const at = `${column}, ${sqlText(jsonPath(rest))}`;
    return { value: `json_extract(${at})`, type: `json_type(${at})` };
  }
  if (rest.length > 0) return ABSENT;
  return { value: column, type: `nullif(typeof(${column}), 'null')` }; // an absent one is none, not JSON's null
}
