/** A run of text, and whether it was searched for. */
export interface Part {
  text: string;
  hit: boolean;
}

/** Splits a text at the words searched for, in any case. Nothing is added or lost. */
export function split(text: string, words: string): Part[] {
  const wanted = words.split(/\s+/).filter((word) => word !== "");
  if (wanted.length === 0) return [{ text, hit: false }];
  const pattern = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const parts = text.split(new RegExp(`(${pattern})`, "iu"));
  return parts.map((part, index) => ({ text: part, hit: index % 2 === 1 })).filter((part) => part.text !== "");
}
