import t from 'tap'

import { fitted } from './fitted.ts'
import { createPaint } from './paint.ts'

t.test('a line is cut to the columns that there are', async (t) => {
  const rows = [
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    ['abcdef', -1, ''],
    ['注文 x', 6, '注文 x'],
    ['注文 x', 5, '注文…'],
    ['注文 x', 4, '注…'],
    ['was cut…', 8, 'was cut…'],
  ] as const
  for (const [line, columns, text] of rows) t.equal(fitted(line, columns), text)
})

t.test('a colour takes no column, and is ended behind the cut', async (t) => {
  const { bad } = createPaint(true)
  t.equal(fitted(`${bad('BLOCKED')} x`, 9), `${bad('BLOCKED')} x`)
  t.equal(fitted(`${bad('BLOCKED')} x`, 4), bad('BLO…'))
})
