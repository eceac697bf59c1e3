import type { GraphConnection, GraphReader } from "../graph-connection.ts";
import { bounded, rowsToRead } from "./bounds.ts";

/** What answers a question: reads of what was found, in the stated order. */
export interface ElementSource<Element> {
  /** The most that it finds, where the question says so. */
  readonly limit: number | undefined;
  /** Whether it needs several statements, which must see one state. */
  readonly isSearch: boolean;
  /** The names of the first `most`: keys of nodes, ids of edges. */
  names(reader: GraphReader, most: number): string[];
  /** The first `most`. */
  elements(reader: GraphReader, most: number): Element[];
  /** How many there are. */
  count(reader: GraphReader): number;
  /** All there are, a part at a time. */
  batches(reader: GraphReader): Iterable<readonly Element[]>;
}

/** What a question finds. Nothing is read before it is asked for, and each time anew. */
abstract class ElementQuery<Element> implements Iterable<Element> {
  readonly #connection: GraphConnection;
  readonly #source: ElementSource<Element>;

  constructor(connection: GraphConnection, source: ElementSource<Element>) {
    this.#connection = connection;
    this.#source = source;
  }

  /**
   * All of them, in the order that the question states.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE` if there are more than 100 000 and the question has no limit;
   * `NOT_FOUND` if it is about a node that is not there.
   */
  all(): Element[] {
    const { limit } = this.#source;
    return bounded(
      this.#read((reader) => this.#source.elements(reader, rowsToRead(limit))),
      limit,
    );
  }

  /** The first in that order, or undefined. @throws {StorageError} `NOT_FOUND` as of {@link all}. */
  first(): Element | undefined {
    const most = Math.min(1, this.#source.limit ?? 1);
    return this.#read((reader) => this.#source.elements(reader, most))[0];
  }

  /** How many they are. @throws {StorageError} `NOT_FOUND` as of {@link all}. */
  count(): number {
    return this.#read((reader) => this.#source.count(reader));
  }

  /**
   * One after the other in that order, read a part at a time: however many they are, memory holds a part, and beside it
   * the names of all, where there is a filter, an order or a walk.
   *
   * All parts are of one state of the file, which its log can't get rid of before the loop ends. In a transaction they
   * are of what it sees; of what it writes meanwhile, nothing that it adds is among them.
   */
  *[Symbol.iterator](): Generator<Element, void, undefined> {
    const snapshot = this.#connection.snapshot();
    try {
      for (const batch of this.#source.batches(snapshot)) yield* batch;
    } finally {
      snapshot.close();
    }
  }

  /** The names of all: what `keys()` and `ids()` give. */
  protected names(): string[] {
    const { limit } = this.#source;
    return bounded(
      this.#read((reader) => this.#source.names(reader, rowsToRead(limit))),
      limit,
    );
  }

  #read<T>(work: (reader: GraphReader) => T): T {
    return this.#source.isSearch ? this.#connection.inOneState(work) : work(this.#connection.reader);
  }
}

/** The nodes that a question finds. Nothing is read before it is asked for, and each time anew. */
export class NodeQuery<Node> extends ElementQuery<Node> {
  /** Their keys, which are quicker to read than the nodes; see {@link all} for the order and the bound. */
  keys(): string[] {
    return this.names();
  }
}

/** The edges that a question finds. Nothing is read before it is asked for, and each time anew. */
export class EdgeQuery<Edge> extends ElementQuery<Edge> {
  /** Their ids, which each edge has, whether or not it has a key; see {@link all} for the order and the bound. */
  ids(): string[] {
    return this.names();
  }
}
