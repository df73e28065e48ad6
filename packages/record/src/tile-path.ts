/** Hashes of a full tile, and entries of a full bundle. Source: C2SP tlog-tiles. */
export const TILE_WIDTH = 256;

/** Levels that a log of 2^53 leaves can have. */
export const TILE_LEVELS = 7;

export interface TileAt {
  /** `entries`: a bundle of leaves; else the level of a tile of hashes, 0 that of leaves. */
  readonly level: number | 'entries';
  readonly n: number;
  /** 1..256; below 256 the tile is partial. */
  readonly width: number;
}

/** Where the tile lies below the log's folder: `tile/0/x001/x234/067`, `tile/entries/000.p/12`. */
export function tilePath({ level, n, width }: TileAt): string {
  const groups = [];
  for (let rest = n; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1_000)) {
    groups.unshift(String(rest % 1_000).padStart(3, '0'));
  }
  const last = groups.pop();
  const path = ['tile', level, ...groups.map((group) => `x${group}`), last].join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** The tiles of a level, or the bundles, that a log of this size has and one of `oldSize` did not: in order, the partial one last. */
export function* tilesOf(level: number | 'entries', size: number, oldSize = 0): Generator<TileAt> {
  const nodes = nodesAt(level, size);
  for (let n = Math.floor(nodesAt(level, oldSize) / TILE_WIDTH); n * TILE_WIDTH < nodes; n += 1) {
    yield { level, n, width: Math.min(TILE_WIDTH, nodes - n * TILE_WIDTH) };
  }
}

/** How many hashes a level has: perfect subtrees of 256^level leaves. */
export function nodesAt(level: number | 'entries', size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}
