import { createHash } from "node:crypto";
import { describeKind } from "../../json-values.ts";

const OPENSSH = /^((?:ssh|ecdsa|sk)-[\w@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t].*)?$/;
const PEM = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----$/;
const FINGERPRINT = /^SHA256:([A-Za-z0-9+/]{43})=?$/;

/**
 * The fingerprint of a public key as OpenSSH shows it: `SHA256:` and the SHA-256 of the key in base64.
 *
 * @param publicKeyData One line of OpenSSH (`ssh-ed25519 AAAA… comment`, see sshd(8)), or one certificate or public key in PEM
 * (RFC 7468).
 * @throws {TypeError} If it is neither; a private key is refused, too.
 */
export function publicKeyFingerprint(publicKeyData: string): string {
  const bytes = typeof publicKeyData === "string" ? bytesOf(publicKeyData.trim()) : undefined;
  if (bytes !== undefined) return `SHA256:${unpadded(createHash("sha256").update(bytes).digest())}`;
  throw new TypeError(
    `Cannot take the fingerprint of a public key: a line of OpenSSH, or a certificate or public key in PEM, is wanted: received ${describeKind(publicKeyData)}`,
  );
}

/** `fingerprint` as it is stored, out of OpenSSH's form or 64 hexadecimal digits with or without colons, or undefined. */
export function normalizeFingerprint(fingerprint: unknown): string | undefined {
  if (typeof fingerprint !== "string") return undefined;
  const base64 = FINGERPRINT.exec(fingerprint)?.[1];
  if (base64 !== undefined) {
    const isExact = unpadded(Buffer.from(base64, "base64")) === base64;
    return isExact ? `SHA256:${base64}` : undefined;
  }
  const digits = /^[0-9A-Fa-f]{2}(?:(:?)[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){30})$/.test(fingerprint);
  return digits ? `SHA256:${unpadded(Buffer.from(fingerprint.replaceAll(":", ""), "hex"))}` : undefined;
}

function bytesOf(text: string): Buffer | undefined {
  const line = OPENSSH.exec(text);
  if (line !== null) {
    const bytes = Buffer.from(line[2]!, "base64");
    const length = bytes.length < 4 ? -1 : bytes.readUInt32BE(0); // a key repeats its type: RFC 4253, section 6.6
    return bytes.toString("latin1", 4, 4 + length) === line[1] ? bytes : undefined;
  }
  const body = PEM.exec(text)?.[2];
  return body === undefined ? undefined : Buffer.from(body, "base64");
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
