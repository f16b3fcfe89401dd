import { statfs } from 'node:fs/promises'

import { SECOND_MS } from '@portcullis/contracts'
import { every, type Logger, type Loop } from '@portcullis/runtime'

/** A watch over the free space where the database lies. */
export interface DiskRoom {
  /** Whether more may be stored. */
  hasRoom(): boolean
  readonly loop: Loop
}

const LOOK_MS = 5 * SECOND_MS
const MIB = 1_024 * 1_024

/**
 * Watches the free space under a folder: with less than `freeMibMin` nothing more is accepted, while
 * Postgres still has room to stay whole.
 */
export function watchDiskRoom(
  folder: string,
  { freeMibMin, log }: { readonly freeMibMin: number; readonly log: Logger },
): DiskRoom {
  let room = true
  const loop = every(LOOK_MS, { log, name: 'disk room' }, async () => {
    const { bavail, bsize } = await statfs(folder)
    const freeMib = Math.floor((bavail * bsize) / MIB)
    const now = freeMib >= freeMibMin
    if (now !== room) {
      log[now ? 'info' : 'error']({ free_mib: freeMib, min_mib: freeMibMin }, 'room on the disk')
    }
    room = now
  })
  return { hasRoom: () => room, loop }
}
