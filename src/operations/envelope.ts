import { isPlain } from "../json-values.ts";

/** Where an answer comes from: an operation of this process. */
export interface LocalMeta {
  readonly source: "local";
  readonly operationId: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
}

/** Where an answer comes from: an HTTP response. */
export interface HttpMeta {
  readonly source: "http";
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
}

/** Where an answer comes from: a tool of an MCP server. */
export interface McpMeta {
  readonly source: "mcp";
  readonly isError: boolean;
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** Where an answer comes from. */
export type ResponseMeta = LocalMeta | HttpMeta | McpMeta;

/** The output of an operation, and where it comes from. */
export interface ResponseEnvelope<T = unknown> {
  readonly data: T;
  readonly meta: ResponseMeta;
}

const made = new WeakSet<object>();

/** HOT (bench/operations.ts): the envelope of what an operation of this process gave. */
export function localEnvelope<T>(data: T, operationId: string): ResponseEnvelope<T> {
  return keep({ data, meta: { source: "local", operationId, timestamp: Date.now() } });
}

/** The envelope of an HTTP response. */
export function httpEnvelope<T>(data: T, meta: Omit<HttpMeta, "source">): ResponseEnvelope<T> {
  return keep({ data, meta: { source: "http", ...meta } });
}

/** The envelope of what a tool of an MCP server gave. */
export function mcpEnvelope<T>(data: T, meta: Omit<McpMeta, "source">): ResponseEnvelope<T> {
  return keep({ data, meta: { source: "mcp", ...meta } });
}

/** Whether `value` has the form of an envelope. Stored data may have it, too: that tells nothing of where it was made. */
export function isResponseEnvelope(value: unknown): value is ResponseEnvelope {
  if (!isObject(value) || !("data" in value) || !isObject(value.meta)) return false;
  const { meta } = value;
  switch (meta.source) {
    case "local":
      return typeof meta.operationId === "string" && typeof meta.timestamp === "number";
    case "http":
      return typeof meta.statusCode === "number" && isObject(meta.headers) && typeof meta.contentType === "string";
    case "mcp":
      return typeof meta.isError === "boolean" && Array.isArray(meta.content);
    default:
      return false;
  }
}

/** What an envelope holds. */
export function unwrap<T>(envelope: ResponseEnvelope<T>): T {
  return envelope.data;
}

/** Whether one of the functions above made `value`: the registry passes only such a one through as it is. */
export function isMadeEnvelope(value: unknown): value is ResponseEnvelope {
  return typeof value === "object" && value !== null && made.has(value);
}

function keep<T>(envelope: ResponseEnvelope<T>): ResponseEnvelope<T> {
  made.add(envelope);
  return envelope;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && isPlain(value);
}
