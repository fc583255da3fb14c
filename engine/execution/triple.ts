/** Three extents or indices: x, y, z. */
export type Triple = readonly [x: number, y: number, z: number];
