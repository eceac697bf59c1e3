/**
 * How the tables of each kind of file hang together, as `db.query` asks for it.
 *
 * @module
 */
import * as identity from "./relations/identity.ts";
import * as metagraph from "./relations/metagraph.ts";

export const tenantRelations = metagraph;
export const systemRelations = { ...metagraph, ...identity };
