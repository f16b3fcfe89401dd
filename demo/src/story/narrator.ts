import { styleText } from 'node:util'

import { SECOND_MS } from '@portcullis/contracts'

/** Who does or says something in the story. */
export type Speaker =
  | 'portcullis'
  | 'shop'
  | 'samples'
  | 'release'
  | 'pipeline'
  | 'alarm'
  | 'incident'
  | 'pager'
  | 'on-call'
  | 'guard'
  | 'log'

export type Mood = 'plain' | 'good' | 'bad' | 'doubtful'

/** Tells the story: a line for whatever happens, with the time since the beginning. */
export interface Narrator {
  tell(speaker: Speaker, text: string, mood?: Mood): void
  /** Lines that somebody else wrote, as they are. */
  quote(lines: readonly string[]): void
  /** A free line, for what is said about the story. */
  say(text?: string): void
  /** How lines that are quoted are to look. */
  readonly look: { readonly isColoured: boolean; readonly width: number }
}

export interface NarratorOptions {
  readonly write: (text: string) => unknown
  readonly isColoured: boolean
  /** Width of the terminal in characters; undefined where there is none. */
  readonly columns?: number | undefined
  /** Milliseconds, from whatever beginning; they never run backwards. */
  readonly now: () => number
}

const COLOURS = { good: 'green', bad: 'red', doubtful: 'yellow' } as const
const SPEAKER_WIDTH = 'portcullis'.length
/** A table in a narrower terminal is wrapped rather than cut: its reasons are what the story is for. */
const COLUMNS_MIN = 120
/** `  00:00  portcullis  ` */
const TEXT_COLUMN = 2 + 5 + 2 + SPEAKER_WIDTH + 2

/** Makes a narrator whose clock begins now. */
export function createNarrator(options: NarratorOptions): Narrator {
  const { write, isColoured, columns = 0, now } = options
  const begin = now()
  const faint = (text: string): string => (isColoured ? styled('dim', text) : text)
  const line = (text: string): void => void write(`${text.trimEnd()}\n`)
  return {
    look: { isColoured, width: Math.max(COLUMNS_MIN, columns) - TEXT_COLUMN },
    say: (text = '') => line(text),
    quote: (lines) => lines.forEach((each) => line(`${' '.repeat(TEXT_COLUMN)}${each}`)),
    tell: (speaker, text, mood = 'plain') => {
      const time = faint(clockText(now() - begin))
      const who = faint(speaker.padEnd(SPEAKER_WIDTH))
      const what = mood === 'plain' || !isColoured ? text : styled(COLOURS[mood], text)
      line(`  ${time}  ${who}  ${what}`)
    },
  }
}

function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { validateStream: false })
}

/** Minutes and seconds: `01:07`. */
function clockText(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / SECOND_MS)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}
