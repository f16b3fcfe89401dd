import { Readable } from 'node:stream'

import t from 'tap'

import { splitLines } from './split-lines.ts'

async function linesOf(...chunks: (Uint8Array | string)[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of splitLines(Readable.from(chunks))) lines.push(line)
  return lines
}

t.test('lines are the same however they were cut into chunks', async (t) => {
  const bytes = Buffer.from('{"a":"ä€😀"}\n\n{"b":1}\nlast')
  const whole = await linesOf(bytes)
  t.strictSame(whole, ['{"a":"ä€😀"}', '', '{"b":1}', 'last'])
  for (let at = 0; at <= bytes.length; at += 1) {
    t.strictSame(await linesOf(bytes.subarray(0, at), bytes.subarray(at)), whole, `cut at ${at}`)
  }
})

t.test('only LF ends a line', async (t) => {
  const text = '{"a":"\u2028\u2029\u0085"}\r'
  t.strictSame(await linesOf(`${text}\n`), [text])
})

t.test('an end of the last line adds no empty one', async (t) => {
  t.strictSame(await linesOf('a\nb\n'), ['a', 'b'])
  t.strictSame(await linesOf(), [])
})

t.test('what is no UTF-8 is refused, not replaced', async (t) => {
  const refusal = { message: 'This is no exported log: it is not UTF-8 text.' }
  await t.rejects(linesOf(Buffer.from([0x7b, 0xff, 0x0a])), refusal)
  await t.rejects(linesOf(Buffer.from([0x7b, 0xe2, 0x82])), refusal, 'cut short')
})
