/** Pieces as one; a single piece is not copied. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const runs: Uint8Array[] = [];
  let first: Uint8Array | undefined;
  let end = 0;
  const finish = () => {
    if (first !== undefined) runs.push(new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset));
  };
  for (const piece of pieces) {
    if (first === undefined || piece.buffer !== first.buffer || piece.byteOffset !== end) {
      finish();
      first = piece;
    }
    end = piece.byteOffset + piece.length;
  }
  finish();
  return joined(runs);
}

function joined(runs: readonly Uint8Array[]): Uint8Array {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(runs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const run of runs) {
    whole.set(run, at);
    at += run.length;
  }
  return whole;
}
