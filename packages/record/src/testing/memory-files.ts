import type { TileFiles } from '@sallyport/core';
import type { PackFiles, PackSource } from '../index.ts';

/** Files in memory, which a test may change behind everybody's back. */
export class MemoryFiles implements PackFiles, TileFiles {
  readonly map = new Map<string, Uint8Array>();

  read = async (path: string): Promise<Uint8Array | undefined> => this.map.get(path);

  list = async (): Promise<readonly string[]> => [...this.map.keys()];

  write = async (path: string, bytes: Uint8Array): Promise<void> => {
    this.map.set(path, Buffer.from(bytes));
  };

  removePartial = async (path: string): Promise<void> => {
    for (const each of this.map.keys()) if (each.startsWith(`${path}/`)) this.map.delete(each);
  };
}

/** A pack in memory: its own files, and the copy of the log. */
export class MemoryPack implements PackSource {
  readonly files: MemoryFiles;
  readonly log: MemoryFiles;

  constructor(files = new MemoryFiles(), log = new MemoryFiles()) {
    this.files = files;
    this.log = log;
  }

  read = (path: string): Promise<Uint8Array | undefined> => this.files.read(path);
  list = (): Promise<readonly string[]> => this.files.list();

  copy(): MemoryPack {
    const copy = new MemoryPack();
    for (const [path, bytes] of this.files.map) copy.files.map.set(path, bytes);
    for (const [path, bytes] of this.log.map) copy.log.map.set(path, bytes);
    return copy;
  }
}
