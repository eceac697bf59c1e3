import { Type } from "@sinclair/typebox";
import { defineGraph } from "../graph-module.ts";

const CLOSED = { additionalProperties: false };

const name = Type.String({ minLength: 1 });
const description = Type.Optional(Type.String());
const keyVersion = Type.Integer({ minimum: 1 });
const base64 = Type.String({ pattern: "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$" });

/**
 * Secrets and the services they open. A secret is there as `encrypt()` gives it, of a derived key only the path: what could
 * open anything is not in the database. The types are closed, so that no plain text slips in beside.
 */
export const SecretGraph = defineGraph({
  name: "secret-graph",
  version: 1,
  description: "Encrypted credentials, derived keys, and the services they are for",
  scope: "tenant",
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: {
    secret: Type.Object(
      {
        name,
        description,
        /** Unix milliseconds. */
        expiresAt: Type.Optional(Type.Integer()),
        encrypted: Type.Object({ keyVersion, salt: base64, iv: base64, data: base64 }, CLOSED),
      },
      { description: "A credential, encrypted", ...CLOSED },
    ),
    derived_key: Type.Object(
      { name, derivationPath: Type.String({ minLength: 1 }), keyVersion, purpose: Type.Optional(Type.String()) },
      { description: "A key that is derived from a seed when it is needed: only its path", ...CLOSED },
    ),
    service: Type.Object(
      { name, url: Type.Optional(Type.String()), description },
      { description: "What credentials are for", ...CLOSED },
    ),
  },
  edges: {
    authenticates: { description: "Opens a service", from: ["secret", "derived_key"], to: ["service"] },
    derived_from: { description: "Is derived from another key", from: ["derived_key"], to: ["derived_key"] },
  },
  indexes: { nodes: { secret: ["encrypted.keyVersion"] } },
});
