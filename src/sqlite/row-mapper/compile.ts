import { assembler, type RowMapper } from "./assemble.ts";
import { bytesOf, type Decoder } from "./decoder.ts";
import { isLayout, type Layout, type Value } from "./layout.ts";

/** Makes a mapper of one shape for the decoders of one query. */
export type Factory = (decoders: readonly (Decoder | undefined)[]) => RowMapper;

type Generated = (
  decoders: readonly (Decoder | undefined)[],
  bytes: (value: unknown) => unknown,
) => ReturnType<Factory>;

let mayGenerate = true;

/**
 * Makes the factory of a layout's mappers.
 *
 * Generated code makes each object with one literal: two to three times as fast as assigning its properties by name
 * (bench/drizzle.ts). Where the runtime forbids generated code, they are assigned.
 */
export function compile(layout: Layout): Factory {
  if (mayGenerate) {
    try {
      const generated = new Function("decoders", "bytes", sourceOf(layout)) as Generated;
      return (decoders) => generated(decoders, bytesOf);
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
      mayGenerate = false;
    }
  }
  return (decoders) => assembler(layout, decoders);
}

/** What a mapper keeps beside its result. */
interface Declarations {
  readonly constants: string[];
  readonly variables: string[];
}

/** The source of a factory. Of what the user wrote it contains only names, as quoted strings. */
function sourceOf(layout: Layout): string {
  const declarations: Declarations = { constants: [], variables: ["v"] };
  const result = literalOf(layout, declarations);
  const { constants, variables } = declarations;
  return `${constants.join("\n")}\nreturn (row) => {\n  let ${variables.join(", ")};\n  return ${result};\n};`;
}

function literalOf(layout: Layout, declarations: Declarations): string {
  const { nullWith } = layout;
  const properties: string[] = [];
  for (const [name, entry] of layout.entries) {
    // in brackets, `__proto__` is a property like any other
    const key = name === "__proto__" ? '["__proto__"]' : JSON.stringify(name);
    let value: string;
    if (isLayout(entry)) value = literalOf(entry, declarations);
    else value = entry === nullWith ? `k${entry.index}` : readOf(entry, declarations);
    properties.push(`${key}: ${value}`);
  }
  const literal = `{ ${properties.join(", ")} }`;
  if (nullWith === undefined) return literal;
  const variable = `k${nullWith.index}`;
  declarations.variables.push(variable);
  return `(${variable} = ${readOf(nullWith, declarations)}) === null ? null : ${literal}`;
}

/** In raw rows only a BLOB and NULL are objects. */
function readOf({ index, isDecoded }: Value, declarations: Declarations): string {
  const raw = `typeof (v = row[${index}]) === "object" ? bytes(v) : v`;
  if (!isDecoded) return raw;
  declarations.constants.push(`const d${index} = decoders[${index}];`);
  return `(v = ${raw}) === null ? null : d${index}.mapFromDriverValue(v)`;
}
