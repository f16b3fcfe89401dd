import { z } from 'zod'

/** An instant of an answer, in RFC 3339; read as epoch milliseconds. */
export const Instant = z.iso.datetime().transform((text) => Date.parse(text))
