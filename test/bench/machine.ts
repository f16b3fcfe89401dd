import { availableParallelism, cpus, totalmem } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_gib: number
  readonly node: string
  /** Version of the server; null where the bench needs none. */
  readonly postgres: string | null
}

const BYTES_PER_GIB = 2 ** 30

/** Describes this machine. */
export function describeMachine(postgres: string | null): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / BYTES_PER_GIB),
    node: process.version,
    postgres,
  }
}
