import { once } from 'node:events'

import { type DemoProcess, startDemoProcess } from '../child-process.ts'

/** The gateway that the shop reports to, and as which environment. */
export interface ShopSettings {
  readonly portcullisUrl: string
  readonly token: string
  readonly environment: string
  readonly visitsPerSecond: number
}

/** The shop: three services and their customers, each in a process of its own. */
export interface Shop {
  /** Which services, in which versions, as a person would list them. */
  readonly services: string
  /** Replaces the payments by another release, on the same port. */
  deployPayments(version: string): Promise<void>
  close(): Promise<void>
}

export const PAYMENTS_VERSION = { sound: '2.0.3', broken: '2.1.0' } as const
const CATALOG_VERSION = '3.2.0'
const STOREFRONT_VERSION = '1.4.2'
const SERVICES =
  `catalog ${CATALOG_VERSION}, payments ${PAYMENTS_VERSION.sound} ` +
  `and storefront ${STOREFRONT_VERSION}`

/** Opens the shop; resolves when its customers come in. */
export async function openShop(settings: ShopSettings): Promise<Shop> {
  const started: DemoProcess[] = []
  const start = (file: string, own: Readonly<Record<string, string>>) => {
    const service = startDemoProcess(import.meta.resolve(`./${file}.ts`), {
      name: file,
      stdout: 'ignore',
      settings: {
        PORTCULLIS_URL: settings.portcullisUrl,
        PORTCULLIS_TOKEN: settings.token,
        SHOP_ENVIRONMENT: settings.environment,
        ...own,
      },
    })
    started.push(service)
    return service
  }
  const startService = async (file: string, own: Readonly<Record<string, string>>) => {
    const service = start(file, own)
    return { service, port: await portOf(service) }
  }
  const close = async (): Promise<void> => {
    // The customers leave first; nobody meets a closed door.
    for (const one of started.toReversed()) await one.stop()
  }
  try {
    const [catalog, firstPayments] = await Promise.all([
      startService('catalog', { SHOP_VERSION: CATALOG_VERSION }),
      startService('payments', { SHOP_VERSION: PAYMENTS_VERSION.sound }),
    ])
    let payments = firstPayments
    const storefront = await startService('storefront', {
      SHOP_VERSION: STOREFRONT_VERSION,
      SHOP_CATALOG_URL: urlOf(catalog.port),
      SHOP_PAYMENTS_URL: urlOf(payments.port),
    })
    await startService('customers', {
      SHOP_STOREFRONT_URL: urlOf(storefront.port),
      SHOP_VISITS_PER_SECOND: String(settings.visitsPerSecond),
    })
    return {
      services: SERVICES,
      close,
      deployPayments: async (version) => {
        await payments.service.stop()
        const own = { SHOP_VERSION: version, SHOP_PORT: String(payments.port) }
        payments = await startService('payments', own)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until a service says on which port it listens. Throws when it ends instead. */
async function portOf({ child, ended }: DemoProcess): Promise<number> {
  const said = once(child, 'message') as Promise<[{ port: number }]>
  const first = await Promise.race([said, ended])
  if (typeof first === 'string') throw new Error(first)
  return first[0].port
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}
