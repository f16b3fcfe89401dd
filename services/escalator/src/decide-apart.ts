import type { CommandId } from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'

import { type Decided, decideCommands, type DecisionContext } from './decide-commands.ts'
import { refuseUndecidable, type Undecidable } from './refuse-undecidable.ts'

/** What became of commands that were decided together as far as they could be. */
export interface DecidedApart extends Decided {
  /** Commands that can never be decided; they have that for their answer. */
  readonly undecidable: readonly Undecidable[]
  /** Why deciding stopped, where that passes by itself; what is left waits. Null when nothing is. */
  readonly stoppedBy: Error | null
}

/**
 * Decides waiting commands together, in one transaction where that works. Where it fails for good the
 * halves are decided apart, until the command that cannot be decided stands alone: it is answered so,
 * and its neighbours are decided. After a failure that passes by itself (the store is away, somebody
 * else was first) the rest waits too: commands on one incident are decided in their order.
 */
export async function decideApart(
  context: DecisionContext,
  ids: readonly CommandId[],
): Promise<DecidedApart> {
  try {
    const decided = await decideCommands(context, ids)
    return { ...decided, undecidable: [], stoppedBy: null }
  } catch (error) {
    if (error instanceof Error && isRetryable(error)) return { ...NOTHING, stoppedBy: error }
    const [id] = ids
    if (ids.length > 1 || id === undefined) return decideHalves(context, ids)
    const refused = await refuseUndecidable(context, id, error)
    return refused === null ? NOTHING : { ...NOTHING, decided: [id], undecidable: [refused] }
  }
}

const NOTHING: DecidedApart = {
  decided: [],
  putAside: [],
  deliveries: [],
  undecidable: [],
  stoppedBy: null,
}

async function decideHalves(
  context: DecisionContext,
  ids: readonly CommandId[],
): Promise<DecidedApart> {
  const middle = Math.ceil(ids.length / 2)
  const first = await decideApart(context, ids.slice(0, middle))
  if (first.stoppedBy !== null) return first
  const second = await decideApart(context, ids.slice(middle))
  return {
    decided: [...first.decided, ...second.decided],
    putAside: [...first.putAside, ...second.putAside],
    deliveries: [...first.deliveries, ...second.deliveries],
    undecidable: [...first.undecidable, ...second.undecidable],
    stoppedBy: second.stoppedBy,
  }
}
