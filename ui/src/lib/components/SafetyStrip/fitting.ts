/** Where an item ends that flows in a paragraph: the bottom and right edge of its last line, in pixels from the paragraph's corner. */
export interface Ending {
  bottom: number;
  right: number;
}

/** The room a paragraph has, in pixels. */
export interface Room {
  width: number;
  line: number;
  /** Lines it may take. */
  lines: number;
  /** Width of the words that count the rest. */
  rest: number;
}

/**
 * How many items fit whole, with room for the words that count the rest. An item is shown whole or counted, never cut;
 * the first is always shown, however long it is.
 */
export function fitting(endings: readonly Ending[], room: Room): number {
  // Half a line of grace, for fonts that stand out of their line.
  const floor = (room.lines + 0.5) * room.line;
  if (endings.every((ending) => ending.bottom <= floor)) return endings.length;
  for (let count = endings.length - 1; count > 1; count--) {
    const last = endings[count - 1];
    if (last === undefined || last.bottom > floor) continue;
    if (last.bottom <= floor - room.line || last.right + room.rest <= room.width) return count;
  }
  return Math.min(1, endings.length);
}
