// Arrays as base64 text, little-endian as every browser's machine.

/** A typed array of `Kind` from base64 text. */
export const decode = (text, Kind) => new Kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

/** The base64 text of bytes. */
export function encode(bytes) {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
