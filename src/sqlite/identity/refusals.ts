import { StorageError } from "../../errors.ts";

/** What was asked for by its id is not there. */
export function notFound(action: string, what: string): StorageError {
  return new StorageError("NOT_FOUND", `Cannot ${action}: there is no ${what}`, { details: { what } });
}

/** What must be unique is taken. `received` is left out where it is personal. */
export function alreadyExists(action: string, what: string, received: string): StorageError {
  return new StorageError("ALREADY_EXISTS", `Cannot ${action}: the ${what} must be free: received ${received}`, {
    details: { what },
  });
}

/** The owner of an organisation would be no member of it, or gone. */
export function ownerRequired(action: string, details: Readonly<Record<string, string>>): StorageError {
  return new StorageError(
    "OWNER_REQUIRED",
    `Cannot ${action}: an organisation keeps its owner: received its owner: transfer the ownership first`,
    { details },
  );
}

/** A credential can't be used any more. */
export function keyInactive(action: string, id: string, reason: string): StorageError {
  return new StorageError(
    "KEY_INACTIVE",
    `Cannot ${action}: one that is in force is wanted: received one that is ${reason}`,
    {
      details: { id, reason },
    },
  );
}
