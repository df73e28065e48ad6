import { describe, expect, it } from 'vitest';
import { ReadingRoom, ROOM_BYTES, ROOMY_READ_BYTES, SMALL_READ_BYTES, TINY_READ_BYTES } from './reading-room.ts';

describe('ReadingRoom', () => {
  it('lets half a read wait, whatever its size', () => {
    const room = new ReadingRoom();
    for (const read of [ROOMY_READ_BYTES, SMALL_READ_BYTES, TINY_READ_BYTES]) {
      expect(room.waitingBytes).toBe(read / 2);
      room.hold(ROOM_BYTES);
    }
  });

  it('reads much at a time below `ROOM_BYTES` held, little from there on, and least from twice as many', () => {
    const room = new ReadingRoom();
    room.hold(ROOM_BYTES - 1);
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
    room.hold(1);
    expect(room.readBytes).toBe(SMALL_READ_BYTES);
    room.hold(ROOM_BYTES - 1);
    expect(room.readBytes).toBe(SMALL_READ_BYTES);
    room.hold(1);
    expect(room.readBytes).toBe(TINY_READ_BYTES);
    room.letGo(ROOM_BYTES + 1);
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
  });
});
