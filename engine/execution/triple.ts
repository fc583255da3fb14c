/** Three extents or indices: x, y, z. */
export type Triple = readonly [x: number, y: number, z: number];

/** How many there are in such extents. */
export function volume([x, y, z]: Triple): number {
  return x * y * z;
}

/** The indices that a linear index stands for. */
export function tripleOf(index: number, [width, height]: Triple): Triple {
  return [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))];
}
