import t from 'tap'

import { labelsOf, labelsText } from './labels.ts'

t.test('labels are read as they are shown', async (t) => {
  const texts = ['tier=gold', 'query=a=b', 'empty=']
  const labels = { tier: 'gold', query: 'a=b', empty: '' }
  t.strictSame(labelsOf('label', texts), labels)
  t.equal(labelsText(labels), texts.join(' '))
  t.equal(labelsText({}), '-')
})

t.test('what is no label is a wrong call, whatever option it was given to', async (t) => {
  for (const text of ['hotfix', '=true', '']) {
    t.throws(() => labelsOf('except', [text]), {
      exit: 2,
      message: `--except: read "${text}". Give a key and a value, like hotfix=true.`,
    })
  }
})
