import t from 'tap'

import { createTelemetry } from './telemetry.ts'

t.test('counters, gauges and histograms are told in the Prometheus text format', async (t) => {
  const telemetry = createTelemetry({ withProcess: false })
  t.teardown(() => telemetry.close())
  const accepted = telemetry.counter({
    name: 'portcullis_test_batches_total',
    help: 'Batches.',
    labels: ['answer'],
  })
  accepted.inc({ answer: '202' })
  telemetry.gauge({ name: 'portcullis_test_depth', help: 'Depth.' }, (gauge) => gauge.set(3))
  const took = telemetry.histogram({
    name: 'portcullis_test_seconds',
    help: 'Time.',
    buckets: [0.1, 1],
  })
  took.observe(0.05)
  const text = await telemetry.text()
  t.match(telemetry.contentType, /^text\/plain; version=0\.0\.4/u)
  t.match(text, 'portcullis_test_batches_total{answer="202"} 1')
  t.match(text, 'portcullis_test_depth 3')
  t.match(text, 'portcullis_test_seconds_bucket{le="0.1"} 1')
})

t.test('a hot histogram is told like any other', async (t) => {
  const telemetry = createTelemetry({ withProcess: false })
  t.teardown(() => telemetry.close())
  const took = telemetry.hotHistogram({
    name: 'portcullis_test_hot_seconds',
    help: 'Time.',
    labels: ['route'],
    buckets: [0.1, 1],
  })
  const series = took.series({ route: 'a"b\\c\nd' })
  t.equal(took.series({ route: 'a"b\\c\nd' }), series, 'the labels are looked up once')
  for (const seconds of [0.05, 0.1, 0.5, 3]) series.observe(seconds)
  const cold = telemetry.histogram({
    name: 'portcullis_test_cold_seconds',
    help: 'Time.',
    labels: ['route'],
    buckets: [0.1, 1],
  })
  for (const seconds of [0.05, 0.1, 0.5, 3]) cold.observe({ route: 'a"b\\c\nd' }, seconds)
  const lines = (await telemetry.text()).split('\n').filter((line) => line.includes('_seconds'))
  const hot = lines
    .filter((line) => line.includes('hot'))
    .map((line) => line.replace('hot', 'cold'))
  // The library puts `le` first; the order of labels has no meaning.
  const inOrder = (line: string): string => line.replace(/\{(le="[^"]*"),(.*)\}/u, '{$2,$1}')
  const expected = lines.filter((line) => line.includes('cold')).map(inOrder)
  t.strictSame(hot.toSorted(), expected.toSorted())
})

t.test('the process tells of itself when asked to', async (t) => {
  const telemetry = createTelemetry({ withProcess: true })
  t.teardown(() => telemetry.close())
  t.match(await telemetry.text(), /process_resident_memory_bytes \d+/u)
})
