/** The journal of requests and answers: masked, shortened, the newest 2,000. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import { headerName } from "../../../core/tokenRequest.js"
import type { Emulator, Exchange, Observer } from "../emulator.js"
import { asText } from "../faults/fault.js"
import type { AcceptedKeys } from "../tokens/acceptedKeys.js"
import type { Answer } from "../wire/exchange.js"
import { curlOf } from "./curl.js"
import { clientLabel, masker, maskHeaders, maskSubscriptionKey } from "./masking.js"
import { refusalReason } from "./refusalReason.js"
import { answerFacts, type RequestFacts, requestFacts } from "./requestFacts.js"
import type { JournalEntry } from "./schemas.js"

/** How many of the newest requests are kept. */
export const keptRequests = 2000

/** The number of characters of a body that are kept. */
const shownCharacters = 16 * 1024

/** How many of the newest keys are searched for in texts. Older ones are masked only where keys belong. */
const searchedKeys = 200

/** A change: of a request, by its id, of anything else, or the end of all requests so far. */
export type Change =
  | { readonly _tag: "Request"; readonly id: number }
  | { readonly _tag: "State" }
  | { readonly _tag: "Cleared" }

export interface Journal {
  readonly observer: Observer
  /** The entries, oldest first. */
  readonly entries: () => ReadonlyArray<JournalEntry>
  readonly entry: (id: number) => JournalEntry | undefined
  readonly facts: () => ReadonlyArray<RequestFacts>
  readonly clear: Effect.Effect<void>
  /** Publishes a change of anything but the requests. */
  readonly stateChanged: Effect.Effect<void>
  readonly changes: PubSub.PubSub<Change>
}

interface Kept {
  readonly entry: JournalEntry
  readonly facts: RequestFacts
}

/** Creates a journal. `onAnswered` runs after each request. */
export const makeJournal = (
  emulator: Emulator,
  onAnswered: (entry: JournalEntry) => Effect.Effect<void>
): Effect.Effect<Journal> =>
  Effect.map(PubSub.sliding<Change>(4 * keptRequests), (changes) => {
    const kept = new Map<number, Kept>()

    const keep = (one: Kept) => {
      kept.set(one.entry.id, one)
      const oldest = kept.keys().next()
      if (kept.size > keptRequests && oldest.done === false) kept.delete(oldest.value)
      return PubSub.publish(changes, { _tag: "Request", id: one.entry.id })
    }

    const observer: Observer = (exchange, answer) => {
      const maskText = masker(exchange.request.headers, emulator.keys.all().slice(-searchedKeys))
      const asked: Kept = {
        entry: entryOf(exchange, maskText, emulator.keys),
        facts: requestFacts(exchange, emulator.keys)
      }
      const over = (exit: Exit.Exit<Answer, unknown>) => {
        const one = answered(asked, exit, exchange, emulator.nowMillis, maskText)
        // A cleared journal stays without the requests that were in flight.
        const kept_ = kept.has(exchange.id) ? keep(one) : Effect.void
        return Effect.zipRight(kept_, Effect.ignoreLogged(onAnswered(one.entry)))
      }
      return Effect.zipRight(keep(asked), Effect.onExit(answer, over))
    }

    return {
      observer,
      entries: () => Array.from(kept.values(), ({ entry }) => entry),
      entry: (id) => kept.get(id)?.entry,
      facts: () => Array.from(kept.values(), ({ facts }) => facts),
      clear: Effect.suspend(() => {
        kept.clear()
        return PubSub.publish(changes, { _tag: "Cleared" })
      }),
      stateChanged: PubSub.publish(changes, { _tag: "State" }),
      changes
    }
  })

type MaskText = (text: string) => string

const entryOf = (
  { clientId, fault, flow, id, request, token }: Exchange,
  maskText: MaskText,
  keys: AcceptedKeys
): JournalEntry => {
  const subscriptionKey = request.headers[headerName.subscriptionKey]
  const { pathname, search } = new URL(request.url)
  const entry = {
    id,
    time: request.time.epochMillis,
    method: request.method,
    path: maskText(`${pathname}${search}`),
    flow: flow ?? null,
    client: clientId === undefined ? null : clientLabel(clientId),
    merchant: request.headers["merchant-serial-number"] ?? null,
    token: token?.serial ?? null,
    fault: fault?.name ?? null,
    outcome: "pending" as const,
    status: null,
    millis: null,
    reason: null,
    headers: {
      ...maskHeaders(request.headers, maskText),
      ...(subscriptionKey && { [headerName.subscriptionKey]: maskSubscriptionKey(keys.ownersOf(subscriptionKey)) })
    },
    body: shown(request.body, maskText),
    answerHeaders: {},
    answerBody: ""
  }
  return { ...entry, curl: curlOf(entry) }
}

const answered = (
  { entry, facts }: Kept,
  exit: Exit.Exit<Answer, unknown>,
  exchange: Exchange,
  nowMillis: number,
  maskText: MaskText
): Kept => {
  const millis = nowMillis - entry.time
  if (Exit.isFailure(exit)) {
    const outcome = Exit.isInterrupted(exit) ? ("left" as const) : ("cut" as const)
    const reason =
      outcome === "left" ? "The client disconnected before the answer." : "The connection was closed without an answer."
    return { facts, entry: { ...entry, outcome, millis, reason } }
  }
  const answer = exit.value
  return {
    facts: { ...facts, answer: answerFacts(answer, facts, nowMillis) },
    entry: {
      ...entry,
      outcome: "answered",
      status: answer.status,
      millis,
      reason: refusalReason(answer, exchange, maskText),
      answerHeaders: maskHeaders(answer.headers, maskText),
      answerBody: shown(asText({ ...answer, body: answer.body.subarray(0, 2 * readCharacters) }), maskText)
    }
  }
}

/** Masks before it cuts, because the mask does not find half a key. What is left of a key at the end is dropped. */
const shown = (text: string, maskText: MaskText): string => {
  const masked = maskText(text.slice(0, readCharacters))
  const safe = text.length > readCharacters ? masked.slice(0, -longestKey) : masked
  return text.length > shownCharacters ? `${safe.slice(0, shownCharacters)} … (cut)` : safe
}

/** The part of a body that is masked, from which the shown part is cut. */
const readCharacters = 4 * shownCharacters

/** No key is longer in any spelling. */
const longestKey = 4000
