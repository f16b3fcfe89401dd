import type { TestScope } from '@portcullis/testkit'

import { collectLogLines } from '../../e2e/system/log-lines.ts'
import { type ServiceProcess, serviceProcess } from '../../e2e/system/service-process.ts'
import type { Product } from './start-product.ts'

/** Starts a notifier on a product's database, in a process of its own; it ends before the product does. */
export async function startNotifier(
  t: TestScope,
  product: Product,
  env: Record<string, string>,
): Promise<ServiceProcess> {
  const log = collectLogLines()
  const { connectionString } = product.database
  const all = { DATABASE_URL: connectionString, ...env }
  const notifier = serviceProcess({ service: 'notifier', nth: 0, log }, all)
  t.teardown(async () => void (await notifier.stop()))
  await notifier.start()
  return notifier
}
