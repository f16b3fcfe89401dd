import { MINUTE_MS, SECOND_MS } from '@portcullis/contracts'

import type { Cli } from '../command.ts'
import { createPaint } from '../terminal/paint.ts'
import type { Reply } from './ask-verdict.ts'
import { liveText, newsKey, plainText, type Progress } from './progress-text.ts'

/** Tells how a wait goes, beside the answer. */
export interface ProgressTeller {
  onReply(reply: Reply): void
  /** Leaves an empty line to the answer. */
  end(): void
}

/** A log gets no more lines than this while nothing changes. */
const SAME_NEWS_MS = MINUTE_MS

/** Returns what tells it on this terminal: a line that is written over, or lines one after another. */
export function tellProgress(cli: Cli, waitMs: number): ProgressTeller {
  const beginMs = cli.pace.elapsedMs()
  const standing = (reply: Reply | undefined): Progress => {
    const passedMs = cli.pace.elapsedMs() - beginMs
    // Whole seconds, so that what passed and what is left add up.
    const elapsedMs = passedMs - (passedMs % SECOND_MS)
    return { reply, elapsedMs, leftMs: waitMs - elapsedMs }
  }
  return cli.terminal.isLive ? liveTeller(cli, standing) : plainTeller(cli, standing)
}

type Standing = (reply: Reply | undefined) => Progress

function liveTeller({ terminal, pace, clock, beforeEnd }: Cli, standing: Standing): ProgressTeller {
  let last: Reply | undefined
  const draw = (): void =>
    terminal.progress(liveText(standing(last), { paint: terminal.paint, now: clock.now() }))
  draw()
  const stopDrawing = pace.everySecond(draw)
  // The shell's prompt comes after the line, which stays as it was.
  const stopListening = beforeEnd(() => terminal.note(''))
  return {
    onReply: (reply) => {
      last = reply
      draw()
    },
    end: () => {
      stopDrawing()
      stopListening()
      terminal.progress('')
    },
  }
}

function plainTeller({ terminal }: Cli, standing: Standing): ProgressTeller {
  const paint = createPaint(false)
  let told = { key: '', elapsedMs: 0 }
  return {
    onReply: (reply) => {
      const progress = standing(reply)
      const { elapsedMs } = progress
      const key = newsKey(reply)
      if (key === told.key && elapsedMs - told.elapsedMs < SAME_NEWS_MS) return
      told = { key, elapsedMs }
      terminal.note(plainText(progress, paint))
    },
    end: () => {},
  }
}
