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

t.test('the process tells of itself when asked to', async (t) => {
  const telemetry = createTelemetry({ withProcess: true })
  t.teardown(() => telemetry.close())
  t.match(await telemetry.text(), /process_resident_memory_bytes \d+/u)
})
