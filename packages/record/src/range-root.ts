import { type RecordReader, SallyportError } from '@sallyport/core';
import { EMPTY_ROOT, HASH_BYTES, nodeHash, rootOf } from './merkle-tree.ts';
import { TILE_WIDTH } from './tile-path.ts';

/** Root of the subtree over the leaves `from` (inclusive) to `to` (exclusive); such a range as proofs name: `from` is a multiple of the largest power of two that fits. */
export type RangeRoot = (from: number, to: number) => Uint8Array;

/**
 * Roots of ranges out of the tiles that a store keeps, so that a proof reads some tiles and not the log.
 * @throws {SallyportError} `STORE_BROKEN` where a hash is not there
 * Cost: log2 of the range, at most 256 hashes read and joined for each level of tiles: 0.3 ms.
 */
export function rangeRootIn(reader: Pick<RecordReader, 'nodes'>): RangeRoot {
  const read = tileReader(reader);
  return (from, to) => {
    const roots: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const width = perfectWidth(at, to);
      roots.push(perfectRoot(read, at, width));
      at += width;
    }
    const whole = roots.reduceRight<Uint8Array | undefined>(
      (right, left) => (right === undefined ? left : nodeHash(left, right)),
      undefined,
    );
    return whole ?? EMPTY_ROOT;
  };
}

/** Leaves of the largest perfect subtree that begins at `at` and ends at or before `to`. */
function perfectWidth(at: number, to: number): number {
  let width = 1;
  while (at + width * 2 <= to && at % (width * 2) === 0) width *= 2;
  return width;
}

type ReadNodes = (level: number, from: number, to: number) => readonly Uint8Array[];

/** The ranges of one proof share tiles: each is read once. */
function tileReader(reader: Pick<RecordReader, 'nodes'>): ReadNodes {
  const tiles = new Map<string, readonly Uint8Array[]>();
  return (level, from, to) => {
    const n = Math.floor(from / TILE_WIDTH);
    const begin = n * TILE_WIDTH;
    const nodes = tiles.get(`${level}/${n}`) ?? [...reader.nodes(level, begin, begin + TILE_WIDTH)];
    tiles.set(`${level}/${n}`, nodes);
    return nodes.slice(from - begin, to - begin);
  };
}

function perfectRoot(read: ReadNodes, at: number, width: number): Uint8Array {
  let level = 0;
  let unit = 1;
  while (unit * TILE_WIDTH <= width) {
    unit *= TILE_WIDTH;
    level += 1;
  }
  const nodes = read(level, at / unit, (at + width) / unit);
  if (nodes.length === width / unit && nodes.every((node) => node.byteLength === HASH_BYTES)) return rootOf(nodes);
  throw new SallyportError('STORE_BROKEN', { detail: `hashes of the leaves from ${at} on are missing` });
}
