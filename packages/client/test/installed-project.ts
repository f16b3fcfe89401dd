import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { Test } from 'tap'

/** The folder of the package. */
export const PACKAGE = join(import.meta.dirname, '..')

/**
 * Builds the package and installs it in an empty project, as the registry would deliver it; returns
 * the project's folder. What is `beside` it comes from the workspace.
 */
export async function installInEmptyProject(t: Test, beside: readonly string[]): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'portcullis-client-'))
  t.teardown(() => rmSync(project, { recursive: true, force: true }))
  const installed = join(project, 'node_modules/@portcullis/client')
  mkdirSync(installed, { recursive: true })
  await node([join(PACKAGE, 'build.ts'), join(installed, 'dist')], PACKAGE)
  // As pnpm does when it packs: `publishConfig` takes the place of what holds in the workspace.
  const { publishConfig, ...manifest } = readManifest()
  const published = { ...manifest, ...publishConfig, devDependencies: {} }
  writeFileSync(join(installed, 'package.json'), JSON.stringify(published))
  for (const name of beside) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(PACKAGE, 'node_modules', name), link)
  }
  return project
}

export function readManifest(): Record<string, object> {
  return JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Record<string, object>
}

/** Runs Node without the loaders that tap would put into it; returns what it wrote. */
export async function node(args: readonly string[], cwd: string): Promise<string> {
  const clean = ['-u', 'NODE_OPTIONS', process.execPath, ...args]
  return (await promisify(execFile)('env', clean, { cwd })).stdout.trim()
}
