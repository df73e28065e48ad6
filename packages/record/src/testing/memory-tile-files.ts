import type { TileFiles } from '@sallyport/core';

/** A folder of tiles in memory. `failAfter` writes, it fails as a full disk does. */
export class MemoryTileFiles implements TileFiles {
  readonly files = new Map<string, Uint8Array>();
  failAfter = Number.POSITIVE_INFINITY;

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    if (this.failAfter <= 0) throw new Error('no space left');
    this.failAfter -= 1;
    this.files.set(path, Buffer.from(bytes));
  }

  async removePartial(path: string): Promise<void> {
    for (const name of [...this.files.keys()]) if (name.startsWith(`${path}/`)) this.files.delete(name);
  }
}
