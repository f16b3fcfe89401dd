import { z } from 'zod'

/** The answer to a command that was taken, and that nobody has decided yet. */
export const Waiting = z.object({ command_id: z.string(), status: z.literal('waiting') })
export type Waiting = z.infer<typeof Waiting>
