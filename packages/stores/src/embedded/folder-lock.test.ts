import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { lockDataFolder } from './folder-lock.ts';

afterAll(removeDataFolders);

const built = new URL('../../dist/index.js', import.meta.url);
const HOLD = `
  const [built, folder] = process.argv.slice(1);
  const { lockDataFolder } = await import(built);
  lockDataFolder(folder);
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;

describe('lockDataFolder()', () => {
  it('lets one hold a folder at a time, and the next one after it was released', () => {
    const folder = dataFolder();
    const lock = lockDataFolder(folder);
    const refusal = expect.objectContaining({
      code: 'STORE_LOCKED',
      detail: expect.stringMatching(new RegExp(`is held by process ${process.pid} since 20`)),
    });
    expect(() => lockDataFolder(folder)).toThrow(refusal);
    lock.release();
    lock.release();
    lockDataFolder(folder).release();
  });

  it('locks one folder, not its neighbour', () => {
    const lock = lockDataFolder(dataFolder());
    lockDataFolder(dataFolder()).release();
    lock.release();
  });

  it.each(['', '{', 'null', '{"pid":"rm -rf","since":1}', `{"pid":1,"since":"${'x'.repeat(500)}"}`])(
    'names nobody when the note of the holder is %j',
    (note) => {
      const folder = dataFolder();
      const lock = lockDataFolder(folder);
      writeFileSync(join(folder, 'lock.json'), note);
      expect(() => lockDataFolder(folder)).toThrow(
        expect.objectContaining({ detail: expect.stringContaining('held by an unknown process') }),
      );
      lock.release();
    },
  );

  it.skipIf(!existsSync(built))('is freed by the system when its holder is killed (needs a build)', async () => {
    const folder = dataFolder();
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD, built.href, folder]);
    await once(holder.stdout, 'data');
    expect(() => lockDataFolder(folder)).toThrow(
      expect.objectContaining({ code: 'STORE_LOCKED', detail: expect.stringContaining(`process ${holder.pid} since`) }),
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDataFolder(folder).release();
  });
});
