import t from 'tap'

import { createPaint } from './paint.ts'
import { formatTable } from './table.ts'

const look = { paint: createPaint(false), width: undefined }

t.test('columns are as wide as their widest cell, and figures stand on the right', async (t) => {
  const table = {
    head: ['QUEUE', 'WAITING', 'STATE'],
    figures: ['WAITING'],
    rows: [
      ['notifications', '7', 'open'],
      ['a', '12345678', 'full (age)'],
    ],
  }
  t.strictSame(formatTable(table, look), [
    'QUEUE           WAITING  STATE',
    'notifications         7  open',
    'a              12345678  full (age)',
  ])
})

t.test('colours do not shift a column', async (t) => {
  const paint = createPaint(true)
  const rows = [[{ text: 'ok', style: paint.good }, 'x']]
  const [, row] = formatTable({ head: ['STATE', 'NAME'], rows }, { paint, width: undefined })
  t.equal(row, '\u001b[32mok\u001b[39m     x')
})

t.test('a line is cut to the width of a terminal, and only there', async (t) => {
  const table = { head: ['JOB', 'REASON'], rows: [['b1', 'poison: the cells cannot be read']] }
  t.equal(formatTable(table, { ...look, width: 20 })[1], 'b1   poison: the ce…')
  t.equal(formatTable(table, look)[1], 'b1   poison: the cells cannot be read')
  const narrow = formatTable(table, { ...look, width: 10 })
  t.equal(narrow[1], 'b1   poison: the cells cannot be read', 'which folds it itself')
})

t.test(
  'a last column of which every word counts is folded at its commas, below itself',
  async (t) => {
    const head = ['RULE', 'FIGURES']
    const rows = [['canary', 'bad 5, certain 3.25, needed 80']]
    const table = { head, rows, folds: true }
    t.strictSame(formatTable(table, { ...look, width: 30 }), [
      'RULE    FIGURES',
      'canary  bad 5, certain 3.25,',
      '        needed 80',
    ])
    const [, whole, ...none] = formatTable(table, look)
    t.equal(whole, 'canary  bad 5, certain 3.25, needed 80')
    t.strictSame(none, [], 'where nothing is cut')
    t.equal(formatTable(table, { ...look, width: 19 })[1], whole, 'or too little is left')
  },
)

t.test('what others wrote cannot steer the terminal', async (t) => {
  const table = { head: ['SERVICE'], rows: [['shop\u001b]0;owned\u0007\r\nfree']] }
  t.equal(formatTable(table, look)[1], 'shop\\x1b]0;owned\\x07\\x0d\\x0afree')
})
