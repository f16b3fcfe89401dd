// needs: chromium
// Goal: the pages that people open work in a browser: the token form, Bull Board, the API's
// description and a problem's page. Method: headless Chromium on a running system, in light and dark,
// wide and narrow. Whatever a page says on the console, a script that the content policy refused for
// instance, fails the test.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'

import { startSystem, type System, TOKEN } from './system/start-system.ts'

t.setTimeout(600_000)

/** What Chromium needs as root, and to ask nobody outside for anything. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 390, height: 844 }
const WAIT_MS = 60_000

async function openBrowser(t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS })
  t.teardown(() => browser.close())
  return browser
}

/** A page of a browser that nobody used before; what goes wrong on it fails the test. */
async function openPage(t: Test, browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  t.teardown(async () => {
    await context.close()
    if (complaints.length > 0) throw new Error(`The page complained: ${complaints.join('\n')}`)
  })
  return page
}

async function logIn(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('API key or JWT').fill(token)
  await page.getByRole('button', { name: 'Open' }).click()
}

/** Resolves to whether one has to scroll sideways to read the page. */
function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
}

function backgroundOf(page: Page): Promise<string> {
  return page.evaluate('getComputedStyle(document.body).backgroundColor')
}

t.test('pages in a browser', async (t) => {
  const system: System = await startSystem(t, { backend: 'postgres' })
  const { url } = system.gateways[0]!
  const browser = await openBrowser(t)

  await t.test('the form refuses what is no token, and says so', async (t) => {
    const context = await browser.newContext({ viewport: WIDE })
    t.teardown(() => context.close())
    const page = await context.newPage()
    await logIn(page, `${url}/queues`, 'guessed')
    await page.getByRole('alert').waitFor()
    t.match(await page.getByRole('alert').textContent(), /Not accepted/)
    t.strictSame(await context.cookies(), [], 'it began no session')
  })

  await t.test('whoever asks for the queues gets them after the form', async (t) => {
    const page = await openPage(t, browser, { viewport: WIDE })
    await logIn(page, `${url}/queues`, TOKEN)
    await page
      .getByRole('link', { name: /incident-commands/u })
      .first()
      .click()
    await page.waitForURL(/queues\/queue\//u)
    await page
      .getByText(/completed/iu)
      .first()
      .waitFor()
    for (const name of ['request-metrics', 'incident-commands', 'notifications']) {
      const link = page.getByRole('link', { name: new RegExp(name, 'u') }).first()
      await t.resolves(link.waitFor(), name)
    }
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [WIDE, NARROW]) {
      const look = `${colorScheme}, ${viewport.width} px`
      await t.test(`the API's description can be read: ${look}`, async (t) => {
        const page = await openPage(t, browser, { viewport, colorScheme })
        await logIn(page, `${url}/docs`, TOKEN)
        await page.getByRole('heading', { name: 'Portcullis API' }).waitFor()
        await page.waitForLoadState()
        const { paths } = (await (await page.request.get(`${url}/openapi.json`)).json()) as {
          paths: Record<string, unknown>
        }
        for (const path of Object.keys(paths)) {
          t.ok(await page.getByRole('heading').filter({ hasText: path }).count(), path)
        }
        t.notOk(await isTooWide(page), 'it fits')
        t.equal(isDark(await backgroundOf(page)), colorScheme === 'dark')
        await page.getByRole('link', { name: 'UNAUTHENTICATED' }).first().click()
        await page.getByText('UNAUTHENTICATED').waitFor()
        t.notOk(await isTooWide(page), 'so does a page about a problem')
      })
    }
  }
})

/** Reads `rgb(17, 24, 39)`: dark is below half of all that three channels can have. */
function isDark(color: string): boolean {
  const channels = (color.match(/\d+/gu) ?? []).slice(0, 3).map(Number)
  return channels.reduce((sum, channel) => sum + channel, 0) < (3 * 255) / 2
}
