const CHUNK = 0x2000; // bytes per call: an argument each, of which a call takes a limited number

/** `bytes` as base64 (RFC 4648 section 4) with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += CHUNK) {
    const codes = bytes.subarray(i, i + CHUNK) as unknown as number[];
    binary += String.fromCharCode.apply(null, codes); // a spread takes many times as long
  }
  return btoa(binary);
}

/** The bytes that `text` stands for; undefined where it is not what {@link toBase64} writes, to the last bit. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  if (btoa(binary) !== text) return undefined; // atob() lets spaces, missing padding and stray last bits pass
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
