// Asks how soon a verdict contains what was accepted: sends a marked batch, waits for its 202, and asks
// the guard again and again until the batch is in the answer.
import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

import { serveParent } from '../children/serve-parent.ts'
import type { Answer } from '../http/answer-parser.ts'
import { type Connection, openConnections } from '../http/connection.ts'
import { requestBytes } from '../http/request-bytes.ts'
import { Marker, type SeenVerdict } from '../traffic/marker.ts'
import { randomFrom } from '../traffic/random.ts'

export interface Probing {
  readonly port: number
  readonly token: string
  readonly service: string
  readonly durationMs: number
}

const ACCEPTED = 202
const STALE_MS_MAX = 30_000
/** Pauses between two probes are random up to this, so that they do not beat in time with anything. */
const PAUSE_MS_MAX = 100

let marker: Marker | undefined

/** Returns the milliseconds from 202 to the first verdict that contains the batch, one per probe. */
async function probe({ port, token, service, durationMs }: Probing): Promise<number[]> {
  // The counts of earlier rounds are still in the window.
  marker ??= new Marker(service, 'GET /marker')
  const path = `/ops/release-guard?service=${service}`
  const question = requestBytes({ method: 'GET', path, token })
  const { connections, broken, close } = await openConnections(port, 2)
  const random = randomFrom(process.pid)
  const delaysMs: number[] = []
  const probes = async (): Promise<void> => {
    for (const endsAt = performance.now() + durationMs; performance.now() < endsAt;) {
      const [posting, asking] = connections
      const { body } = marker!.batch(randomUUID(), Date.now())
      const batch = requestBytes({ method: 'POST', path: '/v1/request-metrics', token, body })
      delaysMs.push(
        await probeOnce(marker!, { posting: posting!, asking: asking!, batch, question }),
      )
      await delay(random() * PAUSE_MS_MAX)
    }
  }
  try {
    await Promise.race([probes(), broken])
    return delaysMs
  } finally {
    close()
  }
}

interface Means {
  readonly posting: Connection
  readonly asking: Connection
  readonly batch: Buffer
  readonly question: Buffer
}

async function probeOnce(of: Marker, means: Means): Promise<number> {
  const { posting, asking, batch, question } = means
  const { status, body } = await exchange(posting, batch)
  if (status !== ACCEPTED) throw new Error(`A marker was answered ${status}: ${body.toString()}`)
  const acceptedAt = performance.now()
  for (;;) {
    const answer = await exchange(asking, question)
    const seenAfterMs = performance.now() - acceptedAt
    if (of.isWholeIn(JSON.parse(answer.body.toString()) as SeenVerdict)) return seenAfterMs
    if (seenAfterMs > STALE_MS_MAX) throw new Error('No verdict ever contained a batch.')
  }
}

function exchange(connection: Connection, request: Buffer): Promise<Answer> {
  return new Promise((resolve) => connection.exchange(request, resolve))
}

const methods = { probe }
export type ProbingProcess = typeof methods

serveParent(methods)
