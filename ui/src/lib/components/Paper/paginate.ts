/** What a block of a page is like, for laying it out. */
export interface Measured {
  /** Its height. */
  height: number;
  /** It must not stand last on a page: a heading goes with what follows. */
  keep: boolean;
}

/**
 * Which blocks stand on which page. Blocks are never cut; a run of headings moves with the block after it; a block that
 * is taller than a page has one to itself. There is always at least one page.
 */
export function paginate(blocks: readonly Measured[], first: number, rest: number): number[][] {
  const pages: number[][] = [[]];
  let used = 0;
  for (let at = 0; at < blocks.length; ) {
    const run = runFrom(blocks, at);
    const height = run.reduce((sum, index) => sum + (blocks[index]?.height ?? 0), 0);
    const room = pages.length === 1 ? first : rest;
    if (used > 0 && used + height > room) {
      pages.push([]);
      used = 0;
    }
    pages.at(-1)?.push(...run);
    used += height;
    at += run.length;
  }
  return pages;
}

/** Headings from `at` on, with the block they belong to. */
function runFrom(blocks: readonly Measured[], at: number): number[] {
  const run = [at];
  while (blocks[at]?.keep && at + 1 < blocks.length) run.push(++at);
  return run;
}
