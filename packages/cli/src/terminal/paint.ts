import { styleText } from 'node:util'

type Style = (text: string) => string

/** Colours for people; each returns its text unchanged where nobody would see them. */
export interface Paint {
  readonly good: Style
  readonly bad: Style
  readonly doubtful: Style
  readonly faint: Style
  readonly strong: Style
}

const plain: Style = (text) => text
const styled =
  (format: Parameters<typeof styleText>[0]): Style =>
  (text) =>
    styleText(format, text, { validateStream: false })

/** Returns colours that are there or not. */
export function createPaint(isColoured: boolean): Paint {
  if (!isColoured) return { good: plain, bad: plain, doubtful: plain, faint: plain, strong: plain }
  return {
    good: styled('green'),
    bad: styled('red'),
    doubtful: styled('yellow'),
    faint: styled('dim'),
    strong: styled('bold'),
  }
}
