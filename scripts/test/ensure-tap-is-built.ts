import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, realpath, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '..', '..')

/**
 * Builds tap's test class with the plugins of `.taprc` unless that was done since it was installed.
 * Without it the first run loads the TypeScript plugin that is switched off there, and fails.
 */
export async function ensureTapIsBuilt(): Promise<void> {
  const folder = await builtFolder()
  if (await isBuilt(folder)) return
  await makeOwnCopy(folder)
  const build = spawn('tap', ['build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(build, 'exit')
  if (code !== 0 || !(await isBuilt(folder))) {
    throw new Error(`\`tap build\` failed (${code}): remove node_modules and install again.`)
  }
}

async function builtFolder(): Promise<string> {
  const tap = await realpath(path.join(ROOT, 'node_modules', 'tap', 'package.json'))
  const test = createRequire(tap).resolve('@tapjs/test/package.json')
  return path.join(path.dirname(test), 'test-built')
}

async function isBuilt(folder: string): Promise<boolean> {
  const code = await readFile(path.join(folder, 'dist', 'esm', 'index.js'), 'utf8').catch(() => '')
  const plugins = /signature = `([^`]*)`/.exec(code)?.[1]?.split('\n')
  return plugins?.includes('@tapjs/clock') === true && !plugins.includes('@tapjs/typescript')
}

/**
 * Tap writes into its files where they lie. They are links into pnpm's store, which would change,
 * and change them back at the next install of anything: break the links.
 */
async function makeOwnCopy(folder: string): Promise<void> {
  const copy = `${folder}.copy`
  await rm(copy, { recursive: true, force: true })
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true })
  await rm(folder, { recursive: true })
  await rename(copy, folder)
}
