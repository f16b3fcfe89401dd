import { glob, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { isRequirementName, type RequirementName } from './requirements.ts'

/** A test file, by its path from the current folder, which npm makes the repository's root. */
export type TestFile = Readonly<{ path: string; needs: readonly RequirementName[] }>

/** Folders whose files are not ours, or not sources. */
const EXCLUDED = new Set(['node_modules', 'dist', '.tap', '.git', '.portcullis'])

/**
 * Returns the test files below the current folder that a pattern selects: a file, a folder, or a
 * part of a path. Without patterns all of them, in the order of their paths.
 *
 * Throws when a pattern selects nothing: a mistyped name must not look like success.
 */
export async function selectTestFiles(patterns: readonly string[]): Promise<TestFile[]> {
  const all = await allTestPaths()
  // Named exactly, a file is run whatever it is called.
  const named: string[] = []
  for (const pattern of patterns) if (await isFile(pattern)) named.push(path.relative('', pattern))
  const paths = [...new Set([...all, ...named])]
  const useless = patterns.find((pattern) => !paths.some((file) => isSelected(file, [pattern])))
  if (useless !== undefined) throw new Error(`No test file's path contains "${useless}".`)
  const selected =
    patterns.length === 0 ? paths : paths.filter((file) => isSelected(file, patterns))
  return Promise.all(selected.map(async (file) => ({ path: file, needs: await needsOf(file) })))
}

/**
 * Returns the requirements that a test file declares in its first line, `// needs: jq, psql`. Throws
 * when it names one that is not known.
 */
export function parseNeeds(text: string, file: string): RequirementName[] {
  const declared = /^\/\/ needs: (.*)/.exec(text)?.[1]
  const names = declared?.split(',').map((name) => name.trim()) ?? []
  return names.map((name) => {
    if (isRequirementName(name)) return name
    throw new Error(`${file} needs "${name}", which scripts/test/requirements.ts does not know.`)
  })
}

async function allTestPaths(): Promise<string[]> {
  const paths: string[] = []
  const exclude = (name: string): boolean => EXCLUDED.has(path.basename(name))
  for await (const file of glob('**/*.test.ts', { exclude })) paths.push(file)
  return paths.sort()
}

function isSelected(file: string, patterns: readonly string[]): boolean {
  // A shell's completion gives folders a slash at their end, and tools give absolute paths.
  return patterns.some((pattern) => file.includes(path.relative('', pattern)))
}

async function isFile(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function needsOf(file: string): Promise<RequirementName[]> {
  return parseNeeds(await readFile(file, 'utf8'), file)
}
