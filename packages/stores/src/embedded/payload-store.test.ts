import { copyFileSync, cpSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyEncryption, NewPayload, PayloadStore, Subject } from '@sallyport/core';
import { SallyportError } from '@sallyport/core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { LIVE_MS } from './data-keys.ts';
import { createKeyEncryption } from './key-encryption.ts';
import { openPayloadStore, type PayloadStoreOptions } from './payload-store.ts';
import { QUEUED_BYTES_MAX } from './payload-writer.ts';
import { Sqlite } from './sqlite.js';

const SUBJECT_KEY = Buffer.alloc(32, 5);
const ANN: Subject = { kind: 'user', name: 'acme/user/ann' };
const BOB: Subject = { kind: 'user', name: 'acme/user/bob' };
const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const ONE_KEY = createKeyEncryption(() => keyOf(1));

let folder: string;
let open: PayloadStore[] = [];
beforeEach(() => {
  folder = dataFolder();
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
});
afterAll(removeDataFolders);

function stored(more: Partial<PayloadStoreOptions> = {}, at = folder): PayloadStore {
  const store = openPayloadStore(at, { subjectKey: SUBJECT_KEY, keys: ONE_KEY, ...more });
  open.push(store);
  return store;
}

function closed(store: PayloadStore): void {
  store.close();
  open = open.filter((each) => each !== store);
}

function payload(exchange: string, text: string, more: Partial<NewPayload> = {}): NewPayload {
  const one = { point: 'input', where: 'message/0/content', role: 'user', form: 'raw', text } as const;
  return { exchange, part: 'request', subject: ANN, content: { texts: [one], values: [] }, ...more };
}

const textsOf = async (store: PayloadStore, exchange: string) =>
  (await store.of(exchange)).flatMap(({ content }) => content.texts.map(({ text }) => text));

/** What an operator with the file and without the keys can do to it. */
function edit(sql: string, values: readonly (string | number | Uint8Array)[] = []): void {
  const db = new Sqlite(join(folder, 'payloads.db'));
  db.statement(sql).run([...values]);
  db.close();
}

function column(sql: string): Uint8Array {
  const db = new Sqlite(join(folder, 'payloads.db'));
  const found = Uint8Array.from(db.statement(sql).get([])?.[0] as Uint8Array);
  db.close();
  return found;
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error instanceof SallyportError ? error.code : 'other'),
  );
}

describe('openPayloadStore()', () => {
  it('keeps content, also after it was closed and opened again, whatever characters it has', async () => {
    const text = 'a needle \ud800 \u0000 in the hay';
    const first = stored();
    const kept = await first.keep(payload('x1', text));
    closed(first);
    const again = stored();
    expect(await again.of('x1')).toEqual([
      expect.objectContaining({ ...kept, exchange: 'x1', part: 'request', subject: again.recorded(ANN), seq: 1 }),
    ]);
    expect(await textsOf(again, 'x1')).toEqual([text]);
    expect(kept).toEqual({ generation: 1, commitment: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('leaves neither content nor names in the folder, for nobody but its owner', async () => {
    const store = stored();
    await store.keep(payload('x1', 'a needle in the hay'));
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file));
      expect(bytes.includes('needle')).toBe(false);
      expect(bytes.includes('ann')).toBe(false);
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    }
  });

  it('gives a subject a page of what is held of it, and nothing of another', async () => {
    const store = stored();
    for (const exchange of ['x1', 'x2', 'x3']) await store.keep(payload(exchange, exchange));
    await store.keep(payload('x4', 'of bob', { subject: BOB }));
    const first = await store.ofSubject(ANN, { after: 0, limit: 2 });
    expect(first.map(({ exchange }) => exchange)).toEqual(['x1', 'x2']);
    const next = await store.ofSubject(ANN, { after: first.at(-1)?.seq ?? 0, limit: 2 });
    expect(next.map(({ exchange }) => exchange)).toEqual(['x3']);
  });

  it('says the same of one text never twice: commitments are salted', async () => {
    const store = stored();
    const [one, two] = await Promise.all([store.keep(payload('x1', 'same')), store.keep(payload('x2', 'same'))]);
    expect(one?.commitment).not.toBe(two?.commitment);
  });

  it('keeps what many exchanges bring at once, under one data key for each subject', async () => {
    const store = stored();
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        store.keep(payload(`x${n}`, `text ${n}`, { subject: n % 2 === 0 ? ANN : BOB })),
      ),
    );
    expect(await textsOf(store, 'x137')).toEqual(['text 137']);
    expect([store.generation(ANN), store.generation(BOB)]).toEqual([1, 1]);
  });

  it('keeps a huge payload whole, and refuses what would make too much wait', async () => {
    const store = stored();
    const huge = 'x'.repeat(8_000_000);
    await store.keep(payload('x1', huge));
    expect((await textsOf(store, 'x1'))[0]?.length).toBe(8_000_000);
    const half = 'y'.repeat(QUEUED_BYTES_MAX / 2);
    const kept = await Promise.allSettled([store.keep(payload('x2', half)), store.keep(payload('x3', half))]);
    expect(kept.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await codeOf(store.keep(payload('x4', 'small')))).toBeUndefined();
  });

  it('never puts two payloads in one place', async () => {
    const store = stored();
    await store.keep(payload('x1', 'first'));
    expect(await codeOf(store.keep(payload('x1', 'second')))).toBe('STORE_BROKEN');
    expect(await textsOf(store, 'x1')).toEqual(['first']);
  });
});

describe('a data key', () => {
  it('seals as much as it may and no more, then the next generation does', async () => {
    const store = stored({ usesMax: 2 });
    const kept = [];
    for (const exchange of ['x1', 'x2', 'x3', 'x4', 'x5']) kept.push(await store.keep(payload(exchange, exchange)));
    expect(kept.map(({ generation }) => generation)).toEqual([1, 1, 2, 2, 3]);
    expect(await textsOf(store, 'x1')).toEqual(['x1']);
  });

  it('is never used beyond its bound by a process that was killed and started again', async () => {
    for (const exchange of ['x1', 'x2']) {
      const store = stored({ usesMax: 2 });
      await store.keep(payload(exchange, exchange));
      closed(store);
    }
    expect(stored().generation(ANN)).toBe(2);
  });

  it('is asked for anew after a while, so that a key that was taken away counts', async () => {
    let text: string | undefined = keyOf(1);
    let nowMs = 0;
    const store = stored({ keys: createKeyEncryption(() => text), nowMs: () => nowMs });
    await store.keep(payload('x1', 'one'));
    text = undefined;
    nowMs = LIVE_MS - 1;
    expect(await codeOf(store.keep(payload('x2', 'two')))).toBeUndefined();
    nowMs = LIVE_MS;
    expect(await codeOf(store.keep(payload('x3', 'three')))).toBe('CONTENT_KEY_MISSING');
    expect(await codeOf(store.of('x1'))).toBe('CONTENT_KEY_MISSING');
    text = keyOf(1);
    expect(await codeOf(store.keep(payload('x4', 'four')))).toBeUndefined();
  });

  it('is wrapped once where many ask for the first time, however slow the wrapping is', async () => {
    let wraps = 0;
    const slow: KeyEncryption = {
      ...ONE_KEY,
      wrap: async (key, label) => {
        wraps += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return ONE_KEY.wrap(key, label);
      },
    };
    const store = stored({ keys: slow });
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.keep(payload(`x${n}`, 'text'))));
    expect([wraps, store.generation(ANN)]).toEqual([1, 1]);
  });
});

describe('PayloadStore.rewrap()', () => {
  it('puts data keys under the first key and leaves payloads as they are; the old key may go then', async () => {
    const old = stored();
    await old.keep(payload('x1', 'one'));
    await old.keep(payload('x2', 'two', { subject: BOB }));
    closed(old);
    const sealed = column('SELECT sealed FROM payloads WHERE seq = 1');
    const both = stored({ keys: createKeyEncryption(() => `${keyOf(2)}\n${keyOf(1)}`) });
    expect(await textsOf(both, 'x1')).toEqual(['one']);
    expect(await both.rewrap()).toBe(2);
    expect(await both.rewrap()).toBe(0);
    closed(both);
    expect(column('SELECT sealed FROM payloads WHERE seq = 1')).toEqual(sealed);
    const fresh = stored({ keys: createKeyEncryption(() => keyOf(2)) });
    expect(await textsOf(fresh, 'x2')).toEqual(['two']);
    expect(fresh.keyIds()).toEqual([await createKeyEncryption(() => keyOf(2)).current()]);
  });

  it('that fails in the middle leaves each key under one of the two, and goes on later', async () => {
    const old = stored();
    for (let n = 0; n < 5; n += 1)
      await old.keep(payload(`x${n}`, `text ${n}`, { subject: { kind: 'session', name: `${n}` } }));
    closed(old);
    const keys = createKeyEncryption(() => `${keyOf(2)}\n${keyOf(1)}`);
    let left = 2;
    const failing: KeyEncryption = {
      ...keys,
      wrap: (key, label) => {
        left -= 1;
        return left < 0 ? Promise.reject(new SallyportError('CONTENT_KEY_MISSING')) : keys.wrap(key, label);
      },
    };
    const halfway = stored({ keys: failing });
    expect(await codeOf(halfway.rewrap())).toBe('CONTENT_KEY_MISSING');
    expect(halfway.keyIds()).toHaveLength(2);
    closed(halfway);
    const store = stored({ keys });
    for (let n = 0; n < 5; n += 1) expect(await textsOf(store, `x${n}`)).toEqual([`text ${n}`]);
    expect(await store.rewrap()).toBe(3);
  });

  it('goes through more keys than one page of them', async () => {
    const old = stored();
    await Promise.all(
      Array.from({ length: 250 }, (_, n) =>
        old.keep(payload(`x${n}`, 'text', { subject: { kind: 'session', name: `${n}` } })),
      ),
    );
    closed(old);
    expect(await stored({ keys: createKeyEncryption(() => `${keyOf(2)}\n${keyOf(1)}`) }).rewrap()).toBe(250);
  });
});

describe('PayloadStore.shred()', () => {
  const shredOf = (store: PayloadStore, subject: Subject) => ({
    subject: store.recorded(subject).id,
    generations: store.generation(subject),
  });

  it('takes the keys and what they sealed, of this subject alone; what comes later has a key of its own', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    await store.keep(payload('x2', 'two', { subject: BOB }));
    expect(await store.shred(shredOf(store, ANN))).toEqual({ keys: 1, payloads: 1 });
    expect(await textsOf(store, 'x1')).toEqual([]);
    expect(await textsOf(store, 'x2')).toEqual(['two']);
    expect((await store.keep(payload('x3', 'three'))).generation).toBe(2);
    expect(await textsOf(store, 'x3')).toEqual(['three']);
    expect(await store.shred({ subject: store.recorded(ANN).id, generations: 1 })).toEqual({ keys: 0, payloads: 0 });
  });

  it('leaves no byte of the wrapped key or of what it sealed in the files', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    const wrapped = Buffer.from(column('SELECT wrapped FROM data_keys'));
    const sealed = Buffer.from(column('SELECT sealed FROM payloads'));
    await store.shred(shredOf(store, ANN));
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file));
      expect([file, bytes.includes(wrapped), bytes.includes(sealed)]).toEqual([file, false, false]);
    }
  });

  it('takes away more than one transaction may', async () => {
    const store = stored();
    await Promise.all(Array.from({ length: 450 }, (_, n) => store.keep(payload(`x${n}`, 'text'))));
    expect((await store.shred(shredOf(store, ANN))).payloads).toBe(450);
  });

  it('refuses a copy of the store from before: the log says what was destroyed', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    closed(store);
    copyFileSync(join(folder, 'payloads.db'), join(folder, 'backup.db'));
    const again = stored();
    const shred = shredOf(again, ANN);
    await again.shred(shred);
    closed(again);
    copyFileSync(join(folder, 'backup.db'), join(folder, 'payloads.db'));
    const restored = stored();
    expect(await textsOf(restored, 'x1')).toEqual(['one']);
    expect(await restored.shred(shred)).toEqual({ keys: 1, payloads: 1 });
    expect(await textsOf(restored, 'x1')).toEqual([]);
    expect((await restored.keep(payload('x2', 'two'))).generation).toBe(2);
  });

  it('refuses rows that were put back into a store that knows of it', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    const id = store.recorded(ANN).id;
    const [wrapped, sealed] = [column('SELECT wrapped FROM data_keys'), column('SELECT sealed FROM payloads')];
    const at = (await store.of('x1'))[0]?.at ?? '';
    await store.shred(shredOf(store, ANN));
    edit('INSERT INTO data_keys (subject, generation, key_id, wrapped, uses) VALUES (?, 1, ?, ?, 1)', [
      id,
      await ONE_KEY.current(),
      wrapped,
    ]);
    edit(
      "INSERT INTO payloads (exchange, part, kind, subject, generation, at, sealed) VALUES ('x1', 'request', 'user', ?, 1, ?, ?)",
      [id, at, sealed],
    );
    expect(await textsOf(store, 'x1')).toEqual([]);
  });

  it('loses nothing that is being sealed meanwhile: it comes under the next key', async () => {
    const store = stored();
    await store.keep(payload('x0', 'before'));
    const keeping = store.keep(payload('x1', 'meanwhile'));
    await Promise.resolve();
    await store.shred({ subject: store.recorded(ANN).id, generations: 1 });
    expect((await keeping).generation).toBe(2);
    expect(await textsOf(store, 'x1')).toEqual(['meanwhile']);
    expect(await textsOf(store, 'x0')).toEqual([]);
  });

  it('needs no key-encryption key', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    closed(store);
    const without = stored({ keys: createKeyEncryption(() => undefined) });
    expect((await without.shred(shredOf(without, ANN))).keys).toBe(1);
  });
});

describe('a payload store that somebody changed', () => {
  it.each([
    ['sealed', 'payloads'],
    ['wrapped', 'data_keys'],
  ])('opens nothing when a bit of `%s` is another', async (name, table) => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    const whole = column(`SELECT ${name} FROM ${table}`);
    // Nonce, ciphertext and tag alike.
    const db = new Sqlite(join(folder, 'payloads.db'));
    const update = db.statement(`UPDATE ${table} SET ${name} = ?`);
    for (let at = 0; at < whole.length; at += 1) {
      update.run([Uint8Array.from(whole, (byte, index) => (index === at ? byte ^ 4 : byte))]);
      expect(await codeOf(store.of('x1'))).toBe('STORE_BROKEN');
    }
    db.close();
    edit(`UPDATE ${table} SET ${name} = ?`, [whole]);
    expect(await textsOf(store, 'x1')).toEqual(['one']);
  });

  it.each([
    ["exchange = 'x9'", 'x9'],
    ["part = 'answer'", 'x1'],
    ["kind = 'tenant'", 'x1'],
    ["at = '2020-01-01T00:00:00.000Z'", 'x1'],
  ])('opens nothing where %s is not what it was sealed as', async (change, exchange) => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    edit(`UPDATE payloads SET ${change}`);
    expect(await codeOf(store.of(exchange))).toBe('STORE_BROKEN');
  });

  it('opens nothing where rows of two subjects, or their keys, were exchanged', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    await store.keep(payload('x2', 'two', { subject: BOB }));
    const [ann, bob] = [store.recorded(ANN).id, store.recorded(BOB).id];
    edit("UPDATE payloads SET subject = ? WHERE exchange = 'x1'", [bob]);
    expect(await codeOf(store.of('x1'))).toBe('STORE_BROKEN');
    expect(await codeOf(store.ofSubject(BOB, { after: 0, limit: 9 }))).toBe('STORE_BROKEN');
    edit("UPDATE payloads SET subject = ? WHERE exchange = 'x1'", [ann]);
    const wrapped = column('SELECT wrapped FROM data_keys ORDER BY generation, subject LIMIT 1');
    edit('UPDATE data_keys SET wrapped = ?', [wrapped]);
    const codes = [await codeOf(store.of('x1')), await codeOf(store.of('x2'))];
    expect(codes.sort()).toEqual(['STORE_BROKEN', undefined]);
  });

  it('says that a data key is gone which nobody erased', async () => {
    const store = stored();
    await store.keep(payload('x1', 'one'));
    edit('DELETE FROM data_keys');
    expect(await codeOf(store.of('x1'))).toBe('STORE_BROKEN');
  });

  it.each([100, 4_096, 8_000])('is refused when it was cut to %i bytes', async (bytes) => {
    const store = stored();
    await store.keep(payload('x1', 'one'.repeat(10_000)));
    closed(store);
    truncateSync(join(folder, 'payloads.db'), bytes);
    const read = async () => stored().of('x1');
    expect(await codeOf(read())).toBe('STORE_BROKEN');
  });
});

describe('a process that is killed', () => {
  /** What a kill at this moment would leave on the disk. */
  function snapshot(): string {
    const at = dataFolder();
    cpSync(folder, at, { recursive: true });
    return at;
  }

  it('while it puts data keys under another leaves each under one of the two', async () => {
    const old = stored();
    for (const name of ['a', 'b', 'c']) {
      await old.keep(payload(`x${name}`, `text ${name}`, { subject: { kind: 'session', name } }));
    }
    closed(old);
    const keys = createKeyEncryption(() => `${keyOf(2)}\n${keyOf(1)}`);
    const left: string[] = [];
    const watched: KeyEncryption = {
      ...keys,
      wrap: async (key, label) => {
        left.push(snapshot());
        return keys.wrap(key, label);
      },
    };
    const store = stored({ keys: watched });
    await store.rewrap();
    left.push(snapshot());
    expect(left).toHaveLength(4);
    for (const at of left) {
      const again = stored({ keys }, at);
      for (const name of ['a', 'b', 'c']) expect(await textsOf(again, `x${name}`)).toEqual([`text ${name}`]);
      await again.rewrap();
      expect(again.keyIds()).toEqual([await keys.current()]);
    }
  });

  it('while it erases leaves all or nothing that can be read, and the next start makes an end of it', async () => {
    const store = stored();
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.keep(payload(`x${n}`, 'text'))));
    const shred = { subject: store.recorded(ANN).id, generations: 1 };
    const left = [snapshot()];
    let done = false;
    const shredding = store.shred(shred).finally(() => {
      done = true;
    });
    for (; !done; await new Promise((resolve) => setImmediate(resolve))) left.push(snapshot());
    await shredding;
    expect(left.length).toBeGreaterThan(2);
    for (const [index, at] of left.entries()) {
      const again = stored({}, at);
      const readable = (await Promise.all(['x0', 'x250', 'x499'].map((exchange) => textsOf(again, exchange)))).flat();
      expect(readable).toEqual(index === 0 ? ['text', 'text', 'text'] : []);
      await again.shred(shred);
      expect(await again.ofSubject(ANN, { after: 0, limit: 999 })).toEqual([]);
      expect(again.keyIds()).toEqual([]);
    }
  });
});
