import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sink } from './sink-queue.ts';

export interface RotatedFileOptions {
  readonly folder: string;
  readonly name: string;
  /** A file holds so many bytes at most; one line that is longer has a file of its own. */
  readonly maxFileBytes: number;
  /** Files that are kept, the one that is written too: `name`, then `name.1`, the newest first. */
  readonly maxFiles: number;
}

const LINE_END = 0x0a;

/** Lines in a file of this owner alone, set aside when it is full. What was half written when a process ended is a line of its own. */
export class RotatedFile implements Sink {
  readonly #options: RotatedFileOptions;
  #file: FileHandle | undefined;
  #bytes = 0;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
  }

  async write(lines: readonly string[]): Promise<number> {
    const { maxFileBytes } = this.#options;
    let chunk: Buffer[] = [];
    let chunkBytes = 0;
    const flush = async () => {
      if (chunk.length > 0) await this.#append(Buffer.concat(chunk));
      chunk = [];
      chunkBytes = 0;
    };
    await this.#open();
    for (const line of lines) {
      const bytes = Buffer.from(`${line}\n`);
      if (this.#bytes + chunkBytes + bytes.length > maxFileBytes && this.#bytes + chunkBytes > 0) {
        await flush();
        await this.#rotate();
      }
      chunk.push(bytes);
      chunkBytes += bytes.length;
    }
    await flush();
    return 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      await (this.#file as FileHandle).appendFile(bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      // How much of it is there nobody knows: the next write looks anew.
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #open(): Promise<void> {
    if (this.#file !== undefined) return;
    const { folder, name } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(join(folder, name), 'a+', 0o600);
    try {
      const { size } = await file.stat();
      this.#bytes = size;
      if (size > 0) {
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
        if (buffer[0] !== LINE_END) {
          await file.appendFile('\n');
          this.#bytes += 1;
        }
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
  }

  async #rotate(): Promise<void> {
    const { folder, name, maxFiles } = this.#options;
    await this.close();
    const path = (n: number) => join(folder, n === 0 ? name : `${name}.${n}`);
    if (maxFiles === 1) await rm(path(0), { force: true });
    for (let n = maxFiles - 2; n >= 0; n -= 1) {
      await rename(path(n), path(n + 1)).catch(unlessMissing);
    }
    await this.#open();
  }
}

function unlessMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
