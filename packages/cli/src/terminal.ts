import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** What a command may touch of the world around it: tests hand in another one. */
export interface Terminal {
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder to which paths are relative. */
  readonly cwd: string;
  /** Whether somebody watches standard error: progress is shown there and nowhere else. */
  readonly watched: boolean;
  /** Whether standard output is a screen, on which a frame can take the place of the one before. */
  readonly isScreen: boolean;
  /** Width of standard error in columns. */
  readonly columns: number;
  /** Results. Resolves when more may be written. */
  out(text: string): Promise<void>;
  /** Everything else: progress, warnings, errors. */
  err(text: string): void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader that has had enough (`| head`) closes its end: not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    watched: process.stderr.isTTY === true,
    isScreen: process.stdout.isTTY === true,
    columns: process.stderr.columns ?? 80,
    out: (text) => write(process.stdout, text),
    err: (text) => {
      process.stderr.write(text);
    },
  };
}

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
