import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** A file of one JSON object a line, readable by its owner alone. */
export function scoreFile(path: string) {
  const stream = createWriteStream(path, { mode: 0o600 });
  return {
    write: async (score: object): Promise<void> => {
      if (!stream.write(`${JSON.stringify(score)}\n`)) await once(stream, 'drain');
    },
    close: async (): Promise<void> => {
      stream.end();
      await once(stream, 'finish');
    },
  };
}
