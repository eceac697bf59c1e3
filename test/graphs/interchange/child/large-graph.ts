/** Sends a graph that is larger than the memory of this process through writer and reader. */
import { readSerializedGraph } from "../../../../src/graphs/interchange/read-graph.ts";
import { tagType, untagType } from "../../../../src/graphs/interchange/type-attribute.ts";
import { writeSerializedGraph } from "../../../../src/graphs/interchange/write-graph.ts";

const NODES = 1_000_000;
const EDGES = 200_000;

function* nodes() {
  for (let i = 0; i < NODES; i++) {
    yield tagType({ key: `node-${i}`, attributes: { number: i, text: `attributes of node ${i}` } }, "thing");
  }
}

function* edges() {
  for (let i = 0; i < EDGES; i++) yield { source: `node-${i}`, target: `node-${(i * 7919) % NODES}` };
}

let characters = 0;
function* written() {
  for (const chunk of writeSerializedGraph({ nodes: nodes(), edges: edges() })) {
    characters += chunk.length;
    yield chunk;
  }
}

let readNodes = 0;
let readEdges = 0;
for await (const part of readSerializedGraph(written())) {
  if (part.kind === "nodes") {
    for (const node of part.nodes) {
      const { type, attributes } = untagType(node);
      if (type !== "thing" || attributes.number !== readNodes++) throw new Error(`node ${readNodes} is another`);
    }
  } else if (part.kind === "edges") readEdges += part.edges.length;
}
console.log(JSON.stringify({ readNodes, readEdges, characters }));
