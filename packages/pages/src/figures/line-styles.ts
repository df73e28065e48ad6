/** Styles that lines and bars take in turn: each has a colour, and lines also a pattern of dashes, for whoever sees no colours. */
export const LINE_STYLES = 7;

/** Dashes of each style. */
export const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2', '1 4'] as const;
