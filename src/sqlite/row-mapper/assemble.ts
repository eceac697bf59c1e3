import { bytesOf, type Decoder } from "./decoder.ts";
import { isLayout, type Layout, type Value } from "./layout.ts";

/** Maps one raw row. The row is not kept. */
export type RowMapper = (row: unknown[]) => Record<string, unknown>;

type Read = (row: unknown[]) => unknown;

/** Makes the mapper of a layout without generating code. */
export function assembler(layout: Layout, decoders: readonly (Decoder | undefined)[]): RowMapper {
  const properties: [name: string, read: Read][] = [];
  for (const [name, entry] of layout.entries) {
    properties.push([name, isLayout(entry) ? objectReader(entry, decoders) : valueReader(entry, decoders)]);
  }
  return (row) => {
    const result: Record<string, unknown> = {};
    for (let i = 0; i < properties.length; i++) {
      const [name, read] = properties[i] as (typeof properties)[number];
      if (name === "__proto__") setProto(result, read(row));
      else result[name] = read(row);
    }
    return result;
  };
}

function objectReader(layout: Layout, decoders: readonly (Decoder | undefined)[]): Read {
  const assemble = assembler(layout, decoders);
  if (layout.nullWith === undefined) return assemble;
  const first = valueReader(layout.nullWith, decoders);
  return (row) => (first(row) === null ? null : assemble(row));
}

function valueReader({ index }: Value, decoders: readonly (Decoder | undefined)[]): Read {
  const decoder = decoders[index];
  if (decoder === undefined) return (row) => bytesOf(row[index]);
  return (row) => {
    const value = bytesOf(row[index]);
    return value === null ? null : decoder.mapFromDriverValue(value);
  };
}

/** Adds a property of that name, where an assignment would replace the prototype. */
function setProto(target: object, value: unknown): void {
  Object.defineProperty(target, "__proto__", { value, configurable: true, enumerable: true, writable: true });
}
