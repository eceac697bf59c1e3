import { createHash } from "node:crypto";
import { describeKind } from "../../json-values.ts";

const OPENSSH = /^((?:ssh|ecdsa|sk)-[\w@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t].*)?$/;
const OPENSSH_CERTIFICATE = /-cert-v\d+@openssh\.com$/; // its fingerprint would be that of the key in it
const PEM = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const SEQUENCE = 0x30; // of DER, which certificates and public keys are (RFC 5280)
const FINGERPRINT = /^SHA256:([A-Za-z0-9+/]{43})=?$/;

/**
 * The fingerprint of a public key as OpenSSH shows it: `SHA256:` and the SHA-256 of the key in base64.
 *
 * @param publicKeyData One line of OpenSSH (`ssh-ed25519 AAAA… comment`, see sshd(8)), or one certificate or public key in PEM
 * (RFC 7468).
 * @throws {TypeError} If it is neither; a private key and a certificate of OpenSSH are refused, too.
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
    return isKeyOfType(bytes, line[1]!) ? bytes : undefined;
  }
  const body = PEM.exec(text)?.[2]?.replaceAll(/\s/g, "");
  if (body === undefined || !BASE64.test(body)) return undefined;
  const bytes = Buffer.from(body, "base64");
  return isSequence(bytes) ? bytes : undefined;
}

/** Whether `bytes` are fields, each after its length, of which the first repeats the type: RFC 4253, section 6.6. */
function isKeyOfType(bytes: Buffer, type: string): boolean {
  if (OPENSSH_CERTIFICATE.test(type)) return false;
  const fields: Buffer[] = [];
  let end = 0;
  while (end + 4 <= bytes.length) {
    const start = end + 4;
    end = start + bytes.readUInt32BE(end);
    fields.push(bytes.subarray(start, end));
  }
  return end === bytes.length && fields.length > 1 && fields[0]!.toString("latin1") === type;
}

/** Whether `bytes` are one sequence of DER and nothing else: ITU-T X.690, section 8.1. */
function isSequence(bytes: Buffer): boolean {
  const [tag, first = 0] = bytes;
  const isShort = first < 0x80;
  const lengthBytes = isShort ? 0 : first - 0x80; // the long form says how many bytes its length has
  const start = 2 + lengthBytes;
  if (tag !== SEQUENCE || (!isShort && (lengthBytes < 1 || lengthBytes > 4)) || start >= bytes.length) return false;
  const length = isShort ? first : bytes.readUIntBE(2, lengthBytes);
  return start + length === bytes.length;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
