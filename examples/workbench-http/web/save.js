// Hands a package to the browser's downloads.

// saveFile downloads a file under its name.
export function saveFile(file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a slow disk still reads it
}

// sha256Of is the digest of a file in hexadecimal, or null: browsers compute it
// only for pages that came by HTTPS or from this very machine.
export async function sha256Of(file) {
  if (!globalThis.crypto?.subtle) {
    return null;
  }
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
