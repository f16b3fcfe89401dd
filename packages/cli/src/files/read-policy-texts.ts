import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'

import type { PolicyFile } from '@portcullis/policy-files'

import type { ArgumentSpec, Cli } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import { STANDARD_STREAM } from './read-lines.ts'

/** What policy commands take. */
export const POLICY_PATHS: readonly ArgumentSpec[] = [
  { name: 'PATH', description: 'a file, a folder, or -', many: true },
]

/** How faults name standard input. */
const STDIN = 'standard input'

/**
 * Returns the texts of files, of the `.yaml` and `.yml` files that are in folders and below, by name, and of standard input.
 * Fails as a wrong call where one cannot be read.
 */
export async function readPolicyTexts(
  { stdin }: Pick<Cli, 'stdin'>,
  paths: readonly string[],
): Promise<PolicyFile[]> {
  const files: PolicyFile[] = []
  for (const one of paths) {
    if (one === STANDARD_STREAM) files.push(await readAs(STDIN, () => buffer(stdin)))
    else for (const name of await filesAt(one)) files.push(await readAs(name, () => readFile(name)))
  }
  return files
}

async function filesAt(given: string): Promise<string[]> {
  const found = await orFail(given, () => stat(given))
  if (!found.isDirectory()) return [given]
  const names = await orFail(given, () => readdir(given, { recursive: true }))
  return names
    .filter((name) => /\.ya?ml$/u.test(name))
    .toSorted()
    .map((name) => path.join(given, name))
}

async function readAs(name: string, read: () => Promise<Uint8Array>): Promise<PolicyFile> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return orFail(name, async () => ({ name, text: decoder.decode(await read()) }))
}

async function orFail<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw failure(EXIT.usage, `${name} cannot be read: ${reasonOf(error)}.`)
  }
}
