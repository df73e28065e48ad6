import { describe, expect, it } from 'vitest';
import { ReadingRoom, ROOM_BYTES, ROOMY_READ_BYTES, SMALL_READ_BYTES } from './reading-room.ts';

describe('ReadingRoom', () => {
  it('reads much at a time below `ROOM_BYTES` held, little from there on', () => {
    const room = new ReadingRoom();
    room.hold(ROOM_BYTES - 1);
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
    room.hold(1);
    expect(room.readBytes).toBe(SMALL_READ_BYTES);
    room.letGo(1);
    expect(room.readBytes).toBe(ROOMY_READ_BYTES);
  });
});
