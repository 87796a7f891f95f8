// Reads and writes zip files without compression, to make packages that no
// exporter would make.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

const checksums = "meta/checksums.sha256";

// unzip gives the files of a package that the exporter wrote, by name.
export function unzip(archive) {
  const files = new Map();
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameSize, extraSize] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26), archive.readUInt16LE(at + 28)];
    const content = at + 30 + nameSize + extraSize;
    files.set(archive.toString("utf8", at + 30, at + 30 + nameSize), archive.subarray(content, content + size));
    at = content + size;
  }
  return files;
}

// zip writes files in the form of the exporter.
export function zip(files) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [name, content] of [...files].map(([n, c]) => [Buffer.from(n), c]).sort((a, b) => Buffer.compare(a[0], b[0]))) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0); // version needed
    fields.writeUInt16LE(name.every((byte) => byte < 0x80) ? 0 : 0x800, 2);
    fields.writeUInt16LE(33, 8); // 1980-01-01
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(0o100644 * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    locals.push(Buffer.from("PK\x03\x04"), fields, name, content);
    central.push(Buffer.from("PK\x01\x02\x14\x03"), fields, tail, name);
    offset += 30 + name.length + content.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

// seal writes the checksums again, so that only what was changed is wrong.
export function seal(files) {
  const sealed = new Map(files);
  sealed.delete(checksums);
  const lines = [...sealed.keys()].sort().map((name) => `${createHash("sha256").update(sealed.get(name)).digest("hex")}  ${name}\n`);
  return sealed.set(checksums, Buffer.from(lines.join("")));
}
