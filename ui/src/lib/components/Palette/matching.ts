/** Something the palette can do. */
export interface PaletteCommand {
  id: string;
  label: string;
  /** A fact that tells two alike labels apart, or the shortcut. */
  note?: string;
  run: () => void;
}

/** Commands whose label or note holds every word, in their own order. */
export function matching(commands: readonly PaletteCommand[], text: string): PaletteCommand[] {
  const words = text.toLocaleLowerCase("en-GB").split(/\s+/).filter(Boolean);
  return commands.filter((command) => {
    const whole = `${command.label} ${command.note ?? ""}`.toLocaleLowerCase("en-GB");
    return words.every((word) => whole.includes(word));
  });
}
