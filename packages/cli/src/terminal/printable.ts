// oxlint-disable-next-line no-control-regex -- control characters are what this pattern is about.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/gu

/**
 * Returns text that cannot steer a terminal: names and reasons come from whoever sends batches, and
 * an escape sequence in one of them must not hide a line or change a title.
 */
export function printable(text: string): string {
  return text.replaceAll(
    CONTROL,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
