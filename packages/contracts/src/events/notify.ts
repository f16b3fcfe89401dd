import { z } from 'zod'

/** Names of the channels to be told; decided with the event, so that a replay never decides it again. */
export const Notify = z.array(z.string().max(64)).max(32)
