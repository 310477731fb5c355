// The sign of a value, on this page as in the pictures of `unrolled inspect`: below zero orange, above it blue.
export const SIGNS = {
  light: { below: "#b84a00", zero: "#f7f7f7", above: "#00578c" },
  dark: { below: "#ff9a4d", zero: "#20242b", above: "#5ec3ff" },
};

/** "#b84a00" → [184, 74, 0] */
export const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
