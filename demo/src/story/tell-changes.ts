import type { Alarm, Incident, Verdict } from '../portcullis/gateway.ts'
import type { Narrator } from './narrator.ts'
import type { Sight } from './watch.ts'

/** Tells what is different from the last look; at the first look only what is wrong. */
export function tellChanges(narrator: Narrator, before: Sight | undefined, after: Sight): void {
  tellAlarms(narrator, before?.alarms ?? [], after.alarms)
  tellIncidents(narrator, before?.incidents ?? [], after.incidents)
  tellVerdict(narrator, before?.verdict, after.verdict)
}

function tellAlarms(narrator: Narrator, before: readonly Alarm[], after: readonly Alarm[]): void {
  const nameOf = ({ service, route, kind }: Alarm): string => `${service} ${route} ${kind}`
  const earlier = new Map(before.map((alarm) => [nameOf(alarm), alarm.severity]))
  for (const alarm of after) {
    const severity = earlier.get(nameOf(alarm))
    if (severity === alarm.severity) continue
    const text = severity === undefined ? 'raised,' : 'now'
    narrator.tell('alarm', `${nameOf(alarm)}: ${text} ${alarm.severity}`, moodOf(alarm.severity))
  }
  const standing = new Set(after.map(nameOf))
  for (const name of earlier.keys()) {
    if (!standing.has(name)) narrator.tell('alarm', `${name}: cleared`, 'good')
  }
}

function tellIncidents(
  narrator: Narrator,
  before: readonly Incident[],
  after: readonly Incident[],
): void {
  const earlier = new Map(before.map((incident) => [incident.id, incident]))
  for (const incident of after) {
    const changes = changesOf(earlier.get(incident.id), incident)
    for (const { text, mood } of changes) {
      narrator.tell('incident', `${incident.incident_key}: ${text}`, mood)
    }
  }
}

function changesOf(
  before: Incident | undefined,
  { status, severity, escalation_level: level, acknowledged_by: by }: Incident,
) {
  const mood = moodOf(severity)
  if (before === undefined) return [{ text: `opened, ${severity}`, mood }]
  const changes: { text: string; mood: 'good' | ReturnType<typeof moodOf> }[] = []
  if (severity !== before.severity) changes.push({ text: `now ${severity}`, mood })
  if (level > before.escalation_level) {
    changes.push({ text: `escalated to level ${level}, for nobody took it over`, mood })
  }
  if (status !== before.status) {
    const text = status === 'acknowledged' ? `acknowledged by ${by ?? 'somebody'}` : status
    changes.push({ text, mood: 'good' })
  }
  return changes
}

const VERDICTS = {
  pass: { text: 'the gate is up: pass', mood: 'good' },
  fail: { text: 'the gate comes down: fail', mood: 'bad' },
  undecided: { text: 'nobody can know: undecided', mood: 'doubtful' },
} as const

function tellVerdict(narrator: Narrator, before: Verdict | undefined, after: Verdict): void {
  const reasons = reasonsOf(after)
  if (before?.outcome === after.outcome && reasonsOf(before) === reasons) return
  const { text, mood } = VERDICTS[after.outcome]
  const isSame = before?.outcome === after.outcome
  const said = isSame ? `still ${after.outcome}` : text
  narrator.tell('guard', reasons === '' ? said : `${said}, because of ${reasons}`, mood)
}

/** The distinct reasons of a verdict, in its own order. */
function reasonsOf({ violations }: Verdict): string {
  return [...new Set(violations.map(({ reason }) => reason))].join(', ')
}

function moodOf(severity: 'critical' | 'warning'): 'bad' | 'doubtful' {
  return severity === 'critical' ? 'bad' : 'doubtful'
}
