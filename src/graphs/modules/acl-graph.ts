import { Type } from "@sinclair/typebox";
import { defineGraph } from "../graph-module.ts";

const CLOSED = { additionalProperties: false };

const id = Type.String({ minLength: 1 });
const scopes = Type.Array(Type.String({ minLength: 1 }));

/**
 * Who may do what: permissions lead from principals to resources, membership and delegation from principal to principal.
 *
 * `multi`, because one principal can read and write one resource, or belong to another and have its delegation too.
 */
export const AclGraph = defineGraph({
  name: "acl",
  version: 1,
  description: "Principals, resources, permissions, membership and delegation",
  scope: "system",
  config: { type: "directed", multi: true, allowSelfLoops: false },
  nodes: {
    principal: Type.Object(
      {
        identityType: Type.Union([
          Type.Literal("account"),
          Type.Literal("org"),
          Type.Literal("service"),
          Type.Literal("role"),
        ]),
        identityId: id,
        scopes,
      },
      { description: "An account, an organisation, a service or a role, with its own scopes", ...CLOSED },
    ),
    // without a colon: `type:id` names a resource
    resource: Type.Object(
      { resourceType: Type.String({ pattern: "^[^:]+$" }), resourceId: id },
      { description: "What is protected", ...CLOSED },
    ),
  },
  edges: {
    can_read: { description: "A principal may read", from: ["principal"], to: ["resource"] },
    can_write: { description: "A principal may change", from: ["principal"], to: ["resource"] },
    can_execute: { description: "A principal may run", from: ["principal"], to: ["resource"] },
    belongs_to: { description: "A member is of a group or in a role", from: ["principal"], to: ["principal"] },
    delegates: {
      description: "A delegator lends scopes of its own to a delegate, who may lend them on if narrowable",
      attributes: Type.Object({ narrowedScopes: scopes, narrowable: Type.Boolean() }, CLOSED),
      from: ["principal"],
      to: ["principal"],
    },
  },
  indexes: { nodes: { principal: ["identityId"] } },
});
