/**
 * The names that code and `package.json` share. Every name here is contributed there and the other way round; a test
 * compares the two, and no other file of the extension spells such a name.
 */
export const commands = {
  runFile: 'faultline.runFile',
} as const;

/** The `type` of our launch configurations. */
export const debugType = 'faultline';
