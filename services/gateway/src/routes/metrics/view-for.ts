import type { EpochMs } from '@portcullis/contracts'
import type { LiveView, LiveViews, PastAsked, PastView } from '@portcullis/projections'

import type { PastLook } from '../../store/past-look.ts'

/** What questions about traffic are answered from. */
export interface Views {
  readonly live: LiveViews
  readonly past: PastLook
}

/** A live view, or one of the past with how exact it is. */
export type AnyView = LiveView & Partial<Pick<PastView, 'precision'>>

/** Returns what is known now, or what was known at an instant. */
export async function viewFor(
  { live, past }: Views,
  {
    at,
    service,
    ...asked
  }: Pick<PastAsked, 'environment' | 'budgets'> & {
    readonly at?: EpochMs | undefined
    readonly service?: PastAsked['service'] | undefined
  },
): Promise<AnyView> {
  return at === undefined ? live.next() : past.view({ ...asked, at, service: service ?? null })
}
