// The life of incidents as tables (the grammar is in timeline.ts). Every event type of incidents and
// every rejection must occur in one of them: the last test counts.
import { incidentEvents } from '@portcullis/contracts'
import t from 'tap'

import { INCIDENT_REJECTIONS } from './decide.ts'
import { playTimeline } from './timeline.ts'

const seen = new Set<string>()

/** A named table whose rows must come to what they say. */
function timeline(name: string, table: string): void {
  t.test(name, async (t) => {
    const played = playTimeline(table)
    for (const { row, expected, actual } of played.outcomes) t.same(actual, expected, row)
    for (const what of played.seen) seen.add(what)
  })
}

timeline(
  'a critical incident that nobody acknowledges escalates by SLA, then by cooldown, up to level 7',
  `
  alarm raised critical   | opened                                   | open 0 due 5
  timer                   | [wait again 5]                           | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  timer                   | escalated [escalate 1 again 35]          | open 1 due 35
  timer                   | [wait again 35]                          | open 1 due 35
  tick 29                 |                                          | open 1 due 35
  timer                   | [wait again 35]                          | open 1 due 35
  tick 1                  |                                          | open 1 due 35
  timer                   | escalated [escalate 2 again 65]          | open 2 due 65
  tick 30                 |                                          | open 2 due 65
  timer                   | escalated [escalate 3 again 95]          | open 3 due 95
  tick 30                 |                                          | open 3 due 95
  timer                   | escalated [escalate 4 again 125]         | open 4 due 125
  tick 30                 |                                          | open 4 due 125
  timer                   | escalated [escalate 5 again 155]         | open 5 due 155
  tick 30                 |                                          | open 5 due 155
  timer                   | escalated [escalate 6 again 185]         | open 6 due 185
  tick 30                 |                                          | open 6 due 185
  timer                   | escalated [escalate 7]                   | open 7
  tick 600                |                                          | open 7
  timer                   | [none: max_level]                        | open 7
  ann escalate            | !incident_at_max_level                   | open 7
  `,
)

timeline(
  'a warning escalates by its own SLA',
  `
  ann open warning        | opened                                   | open 0 due 15
  tick 15                 |                                          | open 0 due 15
  timer                   | escalated [escalate 1 again 45]          | open 1 due 45
  tick 30                 |                                          | open 1 due 45
  timer                   | escalated [escalate 2 again 75]          | open 2 due 75
  `,
)

timeline(
  'with a short cooldown the SLA rules: first_seen + SLA x (level + 1)',
  `
  settings cooldown=1     |                                          |
  ann open critical       | opened                                   | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  timer                   | escalated [escalate 1 again 10]          | open 1 due 10
  tick 5                  |                                          | open 1 due 10
  timer                   | escalated [escalate 2 again 15]          | open 2 due 15
  `,
)

timeline(
  'after an outage an incident rises one level at a time',
  `
  ann open critical       | opened                                   | open 0 due 5
  tick 300                |                                          | open 0 due 5
  timer                   | escalated [escalate 1 again 330]         | open 1 due 330
  timer                   | [wait again 330]                         | open 1 due 330
  `,
)

timeline(
  'an acknowledged incident is not escalated, and escalates again when it is given back',
  `
  ann open critical       | opened                                   | open 0 due 5
  ann ack +note           | acknowledged                             | acknowledged 0
  ann ack                 |                                          | acknowledged 0
  ann ack +note           | commented                                | acknowledged 0
  bob ack                 | !incident_already_acknowledged           | acknowledged 0
  ann open warning        | !incident_already_open                   | acknowledged 0
  ann escalate            | !incident_not_open                       | acknowledged 0
  ann snooze 60           | !incident_not_open                       | acknowledged 0
  ann reopen              | !incident_not_resolved                   | acknowledged 0
  tick 600                |                                          | acknowledged 0
  timer                   | [none: acknowledged]                     | acknowledged 0
  recalc                  |                                          | acknowledged 0
  bob unack               | unacknowledged                           | open 0 due 5
  bob unack               |                                          | open 0 due 5
  bob unack +note         | commented                                | open 0 due 5
  timer                   | escalated [escalate 1 again 630]         | open 1 due 630
  `,
)

timeline(
  'a resolved incident is left alone until somebody reopens the same opening',
  `
  ann open critical       | opened                                   | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  timer                   | escalated [escalate 1 again 35]          | open 1 due 35
  ann reopen              |                                          | open 1 due 35
  ann reopen +note        | commented                                | open 1 due 35
  ann open critical       | !incident_already_open                   | open 1 due 35
  ann resolve +note       | resolved                                 | resolved 1
  ann resolve             |                                          | resolved 1
  ann resolve +note       | commented                                | resolved 1
  ann ack                 | !incident_already_resolved               | resolved 1
  ann unack               | !incident_already_resolved               | resolved 1
  ann snooze 60           | !incident_already_resolved               | resolved 1
  ann unsnooze            | !incident_already_resolved               | resolved 1
  ann severity warning    | !incident_already_resolved               | resolved 1
  ann escalate            | !incident_already_resolved               | resolved 1
  ann comment +note       | commented                                | resolved 1
  ann assign bob          | assigned                                 | resolved 1
  timer                   | [none: resolved]                         | resolved 1
  recalc                  |                                          | resolved 1
  tick 1                  |                                          | resolved 1
  ann reopen              | reopened                                 | open 1 due 35
  tick 29                 |                                          | open 1 due 35
  timer                   | escalated [escalate 2 again 65]          | open 2 due 65
  `,
)

timeline(
  'what is not there can only be opened',
  `
  ann ack                 | !incident_not_found                      |
  ann comment +note       | !incident_not_found                      |
  alarm healthy since 0   |                                          |
  ann open warning +note  | opened                                   | open 0 due 15
  `,
)

timeline(
  'a snooze delays the escalation, until it ends or is ended',
  `
  ann open critical       | opened                                   | open 0 due 5
  tick 1                  |                                          | open 0 due 5
  ann snooze 1            | !snooze_end_in_past                      | open 0 due 5
  ann snooze 43202        | !snooze_end_too_far                      | open 0 due 5
  ann snooze 60           | snoozed                                  | open 0 due 60
  ann snooze 60           |                                          | open 0 due 60
  ann snooze 60 +note     | commented                                | open 0 due 60
  ann snooze 43201        | snoozed                                  | open 0 due 43201
  ann snooze 90           | snoozed                                  | open 0 due 90
  tick 10                 |                                          | open 0 due 90
  timer                   | [wait again 90]                          | open 0 due 90
  ann unsnooze            | unsnoozed                                | open 0 due 5
  ann unsnooze +note      | commented                                | open 0 due 5
  timer                   | escalated [escalate 1 again 41]          | open 1 due 41
  ann snooze 30           | snoozed                                  | open 1 due 41
  ann snooze 60           | snoozed                                  | open 1 due 60
  tick 48                 |                                          | open 1 due 60
  timer                   | [wait again 60]                          | open 1 due 60
  tick 1                  |                                          | open 1 due 60
  timer                   | escalated [escalate 2 again 90]          | open 2 due 90
  `,
)

timeline(
  'an acknowledgement ends a snooze',
  `
  ann open critical       | opened                                   | open 0 due 5
  ann snooze 60           | snoozed                                  | open 0 due 60
  bob ack                 | acknowledged                             | acknowledged 0
  ann unsnooze            |                                          | acknowledged 0
  bob unack               | unacknowledged                           | open 0 due 5
  `,
)

timeline(
  'a severity moves the due time, and an owner does not',
  `
  ann open warning        | opened                                   | open 0 due 15
  ann severity critical   | severity_changed                         | open 0 due 5
  ann severity critical   |                                          | open 0 due 5
  ann severity critical +note | commented                            | open 0 due 5
  ann assign bob +note    | assigned                                 | open 0 due 5
  ann assign bob          |                                          | open 0 due 5
  ann assign bob +note    | commented                                | open 0 due 5
  ann assign nobody       | assigned                                 | open 0 due 5
  ann ack                 | acknowledged                             | acknowledged 0
  ann severity warning    | severity_changed                         | acknowledged 0
  ann unack               | unacknowledged                           | open 0 due 15
  `,
)

timeline(
  'a person escalates at once, whatever holds the worker back',
  `
  settings dry=true canary=0 paused=true |                           |
  ann open critical       | opened                                   | open 0 due 5
  ann snooze 60           | snoozed                                  | open 0 due 60
  ann escalate            | escalated                                | open 1 due 60
  ann escalate +note      | escalated, commented                     | open 2 due 60
  `,
)

timeline(
  'dry run, pause and canary share hold a due escalation back and change nothing',
  `
  ann open critical       | opened                                   | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  settings dry=true       |                                          | open 0 due 5
  timer                   | [hold 1: dry_run again 6]                | open 0 due 5
  settings paused=true    |                                          | open 0 due 5
  timer                   | [hold 1: paused again 6]                 | open 0 due 5
  settings canary=0       |                                          | open 0 due 5
  timer                   | [hold 1: outside_canary again 6]         | open 0 due 5
  tick 20                 |                                          | open 0 due 5
  settings dry=false paused=false canary=100 |                       | open 0 due 5
  timer                   | escalated [escalate 1 again 55]          | open 1 due 55
  `,
)

timeline(
  'a changed SLA moves due times when it is asked to',
  `
  ann open critical       | opened                                   | open 0 due 5
  settings critical=10    |                                          | open 0 due 5
  timer                   | [wait again 5]                           | open 0 due 5
  recalc                  | rescheduled                              | open 0 due 10
  recalc                  |                                          | open 0 due 10
  settings max=0          |                                          | open 0 due 10
  recalc                  | rescheduled                              | open 0
  settings max=7          |                                          | open 0
  timer                   | [none: no_due_time]                      | open 0
  recalc                  | rescheduled                              | open 0 due 10
  `,
)

timeline(
  'a longer cooldown is kept even before a recalc',
  `
  ann open critical       | opened                                   | open 0 due 5
  ann escalate            | escalated                                | open 1 due 30
  settings cooldown=45    |                                          | open 1 due 30
  tick 30                 |                                          | open 1 due 30
  timer                   | rescheduled [wait again 45]              | open 1 due 45
  tick 15                 |                                          | open 1 due 45
  timer                   | escalated [escalate 2 again 90]          | open 2 due 90
  `,
)

timeline(
  'a standing alarm refreshes once a minute, and at once when it becomes worse',
  `
  alarm raised warning    | opened                                   | open 0 due 15
  tick 0.5                |                                          | open 0 due 15
  alarm standing warning  |                                          | open 0 due 15
  tick 0.5                |                                          | open 0 due 15
  alarm standing warning  | refreshed                                | open 0 due 15
  alarm changed critical  | refreshed                                | open 0 due 5
  alarm raised critical   |                                          | open 0 due 5
  ann severity warning    | severity_changed                         | open 0 due 15
  tick 2                  |                                          | open 0 due 15
  alarm standing critical | refreshed                                | open 0 due 15
  ann ack                 | acknowledged                             | acknowledged 0
  alarm changed critical  | refreshed                                | acknowledged 0
  tick 1                  |                                          | acknowledged 0
  alarm standing critical | refreshed                                | acknowledged 0
  tick 1                  |                                          | acknowledged 0
  alarm raised warning    | refreshed                                | acknowledged 0
  `,
)

timeline(
  'an alarm that is raised anew makes its incident worse, and never better',
  `
  alarm raised critical   | opened                                   | open 0 due 5
  tick 0.5                |                                          | open 0 due 5
  alarm raised warning    |                                          | open 0 due 5
  alarm changed critical  |                                          | open 0 due 5
  tick 0.5                |                                          | open 0 due 5
  alarm raised warning    | refreshed                                | open 0 due 5
  ann severity warning    | severity_changed                         | open 0 due 15
  alarm raised warning    |                                          | open 0 due 15
  alarm raised critical   | refreshed                                | open 0 due 5
  alarm healthy since 1   |                                          | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  alarm healthy since 1   | resolved                                 | resolved 0
  alarm raised warning    | opened                                   | open 0 due 21
  `,
)

timeline(
  'five healthy minutes resolve, counted from when the trouble was last seen',
  `
  alarm raised critical   | opened                                   | open 0 due 5
  tick 3                  |                                          | open 0 due 5
  alarm standing critical | refreshed                                | open 0 due 5
  tick 4                  |                                          | open 0 due 5
  alarm healthy since 2   |                                          | open 0 due 5
  alarm healthy since 4   |                                          | open 0 due 5
  tick 1                  |                                          | open 0 due 5
  alarm healthy since 4   |                                          | open 0 due 5
  alarm healthy since 2   | resolved                                 | resolved 0
  alarm healthy since 2   |                                          | resolved 0
  ann reopen              | reopened                                 | open 0 due 5
  alarm healthy since 2   |                                          | open 0 due 5
  ann ack                 | acknowledged                             | acknowledged 0
  tick 5                  |                                          | acknowledged 0
  alarm healthy since 2   | resolved                                 | resolved 0
  `,
)

timeline(
  'a recurrence is a new opening that escalates from the start',
  `
  alarm raised critical   | opened                                   | open 0 due 5
  tick 5                  |                                          | open 0 due 5
  timer                   | escalated [escalate 1 again 35]          | open 1 due 35
  ann ack                 | acknowledged                             | acknowledged 1
  tick 5                  |                                          | acknowledged 1
  alarm healthy since 0   | resolved                                 | resolved 1
  tick 1                  |                                          | resolved 1
  alarm raised critical   | opened                                   | open 0 due 16
  tick 5                  |                                          | open 0 due 16
  timer                   | escalated [escalate 1 again 46]          | open 1 due 46
  ann resolve             | resolved                                 | resolved 1
  ann open warning        | opened                                   | open 0 due 31
  `,
)

timeline(
  'a resolution is believed for five minutes while the same alarm stands',
  `
  alarm raised critical   | opened                                   | open 0 due 5
  tick 2                  |                                          | open 0 due 5
  ann resolve             | resolved                                 | resolved 0
  tick 4                  |                                          | resolved 0
  alarm standing critical |                                          | resolved 0
  alarm changed warning   |                                          | resolved 0
  tick 1                  |                                          | resolved 0
  alarm standing warning  | opened                                   | open 0 due 22
  ann resolve             | resolved                                 | resolved 0
  alarm changed critical  | opened                                   | open 0 due 12
  ann resolve             | resolved                                 | resolved 0
  alarm raised warning    | opened                                   | open 0 due 22
  sql set status=resolved | edited                                   | resolved 0 due 22
  alarm standing warning  |                                          | resolved 0 due 22
  tick 5                  |                                          | resolved 0 due 22
  alarm standing warning  | opened                                   | open 0 due 27
  `,
)

timeline(
  'an edit by SQL is reconsidered: its due time follows from what was written',
  `
  alarm raised warning    | opened                                   | open 0 due 15
  sql set status=open severity=critical level=1 first_seen=-6 | edited | open 1 due 15
  timer                   | rescheduled [wait again 4]               | open 1 due 4
  timer                   | [wait again 4]                           | open 1 due 4
  sql set status=acknowledged by=smoke at=0 | edited                 | acknowledged 1 due 4
  timer                   | rescheduled [none: acknowledged]         | acknowledged 1
  tick 60                 |                                          | acknowledged 1
  timer                   | [none: acknowledged]                     | acknowledged 1
  sql set status=open level=7 | edited                               | open 7
  timer                   | [none: max_level]                        | open 7
  sql set level=0 first_seen=0 | edited                              | open 0
  timer                   | escalated [escalate 1 again 90]          | open 1 due 90
  sql set level=9         | edited                                   | open 9 due 90
  timer                   | rescheduled [none: max_level]            | open 9
  `,
)

timeline(
  'an edit by SQL is reconsidered whatever else comes before its look',
  `
  alarm raised warning    | opened                                   | open 0 due 15
  ann ack                 | acknowledged                             | acknowledged 0
  sql set status=open     | edited                                   | open 0
  tick 1                  |                                          | open 0
  alarm standing warning  | refreshed                                | open 0
  ann comment +note       | commented                                | open 0
  ann assign bob          | assigned                                 | open 0
  timer                   | rescheduled [wait again 15]              | open 0 due 15
  sql set severity=critical | edited                                 | open 0 due 15
  tick 1                  |                                          | open 0 due 15
  alarm standing critical | refreshed                                | open 0 due 15
  ann assign ann          | assigned                                 | open 0 due 15
  timer                   | rescheduled [wait again 5]               | open 0 due 5
  sql set next_due_at=4   | edited                                   | open 0 due 4
  ann comment +note       | commented                                | open 0 due 4
  tick 2                  |                                          | open 0 due 4
  alarm standing critical | refreshed                                | open 0 due 4
  timer                   | escalated [escalate 1 again 34]          | open 1 due 34
  sql set severity=warning | edited                                  | open 1 due 34
  alarm raised critical   | refreshed                                | open 1 due 34
  sql set next_due_at=null | edited                                  | open 1
  ann comment +note       | commented                                | open 1
  timer                   | [none: no_due_time]                      | open 1
  `,
)

timeline(
  'a due time that SQL wrote holds, but for cooldown and snooze',
  `
  ann open critical       | opened                                   | open 0 due 5
  sql set next_due_at=60  | edited                                   | open 0 due 60
  timer                   | [wait again 60]                          | open 0 due 60
  tick 1                  |                                          | open 0 due 60
  alarm standing critical | refreshed                                | open 0 due 60
  sql set next_due_at=null | edited                                  | open 0
  timer                   | [none: no_due_time]                      | open 0
  sql set next_due_at=1   | edited                                   | open 0 due 1
  timer                   | escalated [escalate 1 again 31]          | open 1 due 31
  sql set next_due_at=2   | edited                                   | open 1 due 2
  timer                   | rescheduled [wait again 31]              | open 1 due 31
  ann snooze 40           | snoozed                                  | open 1 due 40
  sql set next_due_at=35  | edited                                   | open 1 due 35
  timer                   | rescheduled [wait again 40]              | open 1 due 40
  sql set next_due_at=90  | edited                                   | open 1 due 90
  recalc                  | rescheduled                              | open 1 due 40
  `,
)

timeline(
  'what SQL inserts escalates like any other',
  `
  sql insert severity=warning first_seen=-1 | inserted               | open 0
  timer                   | rescheduled [wait again 14]              | open 0 due 14
  tick 14                 |                                          | open 0 due 14
  timer                   | escalated [escalate 1 again 44]          | open 1 due 44
  `,
)

timeline(
  'what SQL inserts keeps a due time that was given, and its odd combinations',
  `
  sql insert next_due_at=90 | inserted                               | open 0 due 90
  timer                   | [wait again 90]                          | open 0 due 90
  sql set status=acknowledged | edited                               | acknowledged 0 due 90
  bob ack                 | acknowledged                             | acknowledged 0
  ann ack                 | !incident_already_acknowledged           | acknowledged 0
  sql set status=open     | edited                                   | open 0
  ann ack                 | acknowledged                             | acknowledged 0
  `,
)

t.test('every event type and every rejection occurs in a timeline', async (t) => {
  const all = [...Object.keys(incidentEvents), ...INCIDENT_REJECTIONS]
  t.same(
    all.filter((what) => !seen.has(what)),
    [],
  )
  t.same(
    [...seen].filter((what) => !all.includes(what)),
    [],
  )
})
