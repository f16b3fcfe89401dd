import { z } from 'zod'

const StatusPattern = z
  .string()
  .regex(/^([1-5]xx|[1-5]\d\d)$/u, 'must be a status like 503, or a class of them like 5xx')

/** Which answers are errors: statuses, or classes of them. */
export const Statuses = z.array(StatusPattern).min(1).max(50)
