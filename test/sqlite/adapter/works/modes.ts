import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { bytes, modes } from "../schema.ts";
import type { Works } from "./work.ts";

const at = new Date(1_700_000_000_000);

export const modeWorks: Works = {
  "read every mode": (db) => db.select().from(modes).orderBy(modes.id).all(),
  "write every mode": (db) =>
    db
      .insert(modes)
      .values({
        flag: false,
        at,
        atMs: new Date(1_700_000_000_789),
        role: "b",
        json: { a: [1, { b: null }], ü: "🎉" },
        num: "12.50",
        numNumber: -3.5,
        ratio: 0.1,
        point: { x: -1, y: 2.5 },
        shout: "quiet",
      })
      .returning()
      .get(),
  "write json of every kind": (db) =>
    db
      .insert(modes)
      .values([
        { json: "text" },
        { json: 1 },
        { json: [] },
        { json: false },
        { json: { toJSON: () => "own" } },
        { json: null },
      ])
      .returning({ json: modes.json, raw: sql<string>`${modes.json}` })
      .all(),
  "write numbers of every kind": (db) =>
    db
      .insert(modes)
      .values(
        [0, 1, -1, 0.1, 1e21, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1].map((ratio) => ({
          ratio,
          numNumber: ratio,
        })),
      )
      .returning({
        ratio: modes.ratio,
        number: modes.numNumber,
        type: sql<string>`typeof(${modes.ratio})`,
        affinity: sql`typeof(${modes.numNumber})`,
      })
      .all(),
  "numeric text": (db) =>
    db
      .insert(modes)
      .values(["1", "1.50", "1e3", "abc", "", "9007199254740991"].map((num) => ({ num })))
      .returning({ num: modes.num, type: sql`typeof(${modes.num})` })
      .all(),
  "write texts of every kind": (db) =>
    db
      .insert(modes)
      .values(["", "a'b\"c", "日本🎉", "x".repeat(5000), "\n\t"].map((num) => ({ num, point: { x: 0, y: 0 } })))
      .returning({ num: modes.num })
      .all(),
  "dates of every kind": (db) =>
    db
      .insert(modes)
      .values([0, 1, -1, 999, -999, 253_402_300_799_999].map((ms) => ({ at: new Date(ms), atMs: new Date(ms) })))
      .returning({ at: modes.at, atMs: modes.atMs, raw: sql`${modes.at} || '|' || ${modes.atMs}` })
      .all(),
  "where by every mode": (db) => [
    db.select({ id: modes.id }).from(modes).where(d.eq(modes.flag, true)).all(),
    db.select({ id: modes.id }).from(modes).where(d.eq(modes.at, at)).all(),
    db
      .select({ id: modes.id })
      .from(modes)
      .where(d.eq(modes.point, { x: 1, y: 2 }))
      .all(),
    db.select({ id: modes.id }).from(modes).where(d.eq(modes.shout, "loud")).all(),
    db
      .select({ id: modes.id })
      .from(modes)
      .where(d.eq(modes.json, [1, { a: null }]))
      .all(),
    db.select({ id: modes.id }).from(modes).where(d.eq(modes.num, "1.25")).all(),
  ],
  "an update of every mode": (db) =>
    db
      .update(modes)
      .set({ flag: null, at, json: [1], num: "7", numNumber: 2, ratio: null, point: { x: 9, y: 9 }, shout: "hey" })
      .where(d.eq(modes.id, 2))
      .returning()
      .get(),
  "a date that is none": (db) =>
    db
      .insert(modes)
      .values({ at: "no date" as never })
      .run(),
};

/** What JSON can't carry. */
export const byteWorks: Works = {
  "read bytes and 64-bit integers": (db) => db.select().from(bytes).orderBy(bytes.id).all(),
  "read one row with bytes": (db) => db.select().from(bytes).where(d.eq(bytes.id, 1)).get(),
  "bytes by a relational query": (db) => db.query.bytes.findMany().sync(),
  "bytes by a first relational query": async (db) => await db.query.bytes.findFirst(),
  "write bytes and 64-bit integers": (db) =>
    db
      .insert(bytes)
      .values({
        id: 9,
        buffer: Buffer.from([0, 1, 255]),
        json: { b: ["x"] },
        big: 2n ** 63n,
        numBig: 123n,
        hex: "c0ffee",
      })
      .returning()
      .all(),
  "write an empty buffer": (db) =>
    db
      .insert(bytes)
      .values({ id: 9, buffer: Buffer.alloc(0), hex: "" })
      .returning()
      .get(),
  "write views of bytes": (db) => {
    const all = Buffer.from("0123456789");
    return db
      .insert(bytes)
      .values([
        { id: 9, buffer: all.subarray(2, 5) },
        { id: 10, buffer: Buffer.from(new Uint8Array([7, 8])) },
      ])
      .returning({ buffer: bytes.buffer, length: sql`length(${bytes.buffer})` })
      .all();
  },
  "where by bytes": (db) => [
    db
      .select({ id: bytes.id })
      .from(bytes)
      .where(d.eq(bytes.buffer, Buffer.from([0, 255, 16])))
      .all(),
    db.select({ id: bytes.id }).from(bytes).where(d.eq(bytes.big, -5n)).all(),
    db.select({ id: bytes.id }).from(bytes).where(d.eq(bytes.hex, "beef")).all(),
  ],
  "a bigint as a parameter": (db) => db.all(sql`select ${5n} as small, ${-(2n ** 31n)} as larger`),
  "bytes as a parameter": (db) => db.all(sql`select hex(${Buffer.from("ab")}) as text, ${Buffer.from("ab")} as bytes`),
  "bytes from a join": (db) =>
    db
      .select({ b: bytes.buffer, other: { hex: bytes.hex } })
      .from(bytes)
      .orderBy(bytes.id)
      .all(),
  "bytes by values": (db) => db.select({ b: bytes.buffer }).from(bytes).orderBy(bytes.id).values(),
  "bytes of another view": (db) => db.get(sql`select hex(${new Uint16Array([258])}) as a`),
  "a numeric bigint beyond 2^53": (db) =>
    db
      .insert(bytes)
      .values({ numBig: 2n ** 53n + 1n })
      .returning({ numBig: bytes.numBig })
      .get(),
};
