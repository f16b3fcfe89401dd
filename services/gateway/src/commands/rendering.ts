import {
  isIncidentCommand,
  type OperationsCommand,
  type StoredCommand,
  UNDECIDABLE,
} from '@portcullis/contracts'
import type { IncidentRejection, Release } from '@portcullis/domain'
import { incidentWithNames, type IncidentWire, peopleOfIncident } from '@portcullis/projections'

import { problem, type Problem } from '../problem/problem.ts'
import { releaseBodyOf } from '../routes/releases/release-body.ts'
import type { NamesFor } from '../store/names.ts'
import { type PolicyRefusal, problemOfPolicyRefusal, problemOfRejection } from './rejection.ts'

/**
 * What decided commands are answered with. `result` is what the escalator wrote, without names; it is
 * trusted, for nobody else writes it.
 */
export interface Rendering {
  /** Returns the status and body of a command that was done. */
  done(result: unknown): Promise<{ readonly status: number; readonly body: object }>
  /** Returns the problem of one that was refused. */
  rejected(result: unknown): Promise<Problem>
}

/** Returns how a command is answered, by what was asked. */
export function renderingOf(command: StoredCommand, namesFor: NamesFor): Rendering {
  const { done, rejected } = isIncidentCommand(command)
    ? ofIncident(namesFor)
    : ofOperation(command)
  return {
    done,
    rejected: async (result) => (isUndecidable(result) ? undecidable() : rejected(result)),
  }
}

function isUndecidable(result: unknown): boolean {
  return (result as { readonly reason: string }).reason === UNDECIDABLE
}

/** Why it is so is in the log of the escalator, with the correlation id of the request. */
function undecidable(): Problem {
  const detail = 'deciding the command failed, and would fail again: nothing of it happened'
  return problem('INTERNAL_ERROR', { detail, more: { reason: UNDECIDABLE } })
}

interface DoneIncident {
  readonly incident: IncidentWire
}

/** `incident` is null where there never was one. */
interface RejectedIncident {
  readonly reason: IncidentRejection
  readonly incident: IncidentWire | null
}

function ofIncident(namesFor: NamesFor): Rendering {
  const named = async (incident: IncidentWire): Promise<IncidentWire> =>
    incidentWithNames(incident, await namesFor(peopleOfIncident(incident)))
  return {
    done: async (result) => {
      const { incident } = result as DoneIncident
      return { status: 200, body: { ok: true, incident: await named(incident) } }
    },
    rejected: async (result) => {
      const { reason, incident } = result as RejectedIncident
      return problemOfRejection(reason, incident === null ? null : await named(incident))
    },
  }
}

interface DoneRelease {
  readonly release: Release & { readonly position: number }
  readonly is_new: boolean
}

function ofOperation(command: OperationsCommand): Rendering {
  return {
    done: async (result) => {
      if (command.type !== 'announce_release') {
        return { status: 200, body: { ok: true, ...(result as object) } }
      }
      const { release, is_new } = result as DoneRelease
      return {
        status: is_new ? 201 : 200,
        body: { ok: true, is_new, release: releaseBodyOf(release) },
      }
    },
    rejected: async (result) => {
      if (command.type === 'apply_policies' || command.type === 'remove_policy') {
        return problemOfPolicyRefusal(result as PolicyRefusal)
      }
      throw new Error(`a command ${command.type} was refused`)
    },
  }
}
