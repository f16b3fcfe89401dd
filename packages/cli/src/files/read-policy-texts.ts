import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import type { PolicyFile } from '@portcullis/policy-files'

import type { Cli } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'

/** What is meant by standard input, and how its faults name it. */
const STDIN = { path: '-', name: 'standard input' } as const

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
    if (one === STDIN.path) files.push({ name: STDIN.name, text: await textOf(stdin) })
    else for (const name of await filesAt(one)) files.push({ name, text: await read(name) })
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

async function read(name: string): Promise<string> {
  const bytes = await orFail(name, () => readFile(name))
  return orFail(name, async () => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

async function textOf(stdin: Cli['stdin']): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  const bytes = Buffer.concat(chunks)
  return orFail(STDIN.name, async () => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

async function orFail<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw failure(EXIT.usage, `${name} cannot be read: ${reasonOf(error)}.`)
  }
}
