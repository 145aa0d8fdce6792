/**
 * The script of the page. It shows what the events report and calls the control API. Everything is inserted as text,
 * never as markup, because requests may contain anything.
 */
export const script = String.raw`
"use strict"
const base = "/__emulator/"
const at = (id) => document.getElementById(id)
const kept = 500
const requests = new Map()
let state = null
let clockSkew = 0
let findings = []
let paused = false
let named = null

// ---- making elements

const make = (name, attributes, ...children) => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "onclick") element.addEventListener("click", value)
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}
const button = (label, onclick, attributes) => make("button", { type: "button", onclick, ...attributes }, label)

/** Replaces the children and restores the focus. */
const fill = (parent, children) => {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined
  parent.replaceChildren(...children)
  if (focused !== undefined) parent.querySelector('[data-key="' + CSS.escape(focused) + '"]')?.focus()
}
const time = (millis) => new Date(millis).toLocaleTimeString(undefined, { hour12: false })
const now = () => Date.now() + clockSkew
const span = (millis) => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  if (seconds < 120) return seconds + " s"
  return seconds < 7200 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h"
}

// ---- asking the control API

let messageTimer
const say = (text) => {
  at("message").textContent = text
  at("message").hidden = false
  clearTimeout(messageTimer)
  messageTimer = setTimeout(() => { at("message").hidden = true }, 6000)
}
const ask = async (method, path, body) => {
  try {
    const response = await fetch(base + path, {
      method,
      headers: { "content-type": "application/json" },
      body: method === "GET" ? undefined : JSON.stringify(body ?? {})
    })
    const text = await response.text()
    const json = text === "" ? {} : JSON.parse(text)
    if (response.ok) return json
    say(json.message ?? "The emulator answered with status " + response.status + ".")
  } catch {
    say("The emulator does not respond.")
  }
}

// ---- requests

const statusClass = (entry) =>
  entry.outcome === "pending" ? "warn" : entry.status !== null && entry.status < 400 ? "good" : "bad"
const statusText = (entry) => (entry.status === null ? entry.outcome : String(entry.status))
const matches = (entry) => {
  if (named !== null && !named.has(entry.id)) return false
  const words = at("filter").value.toLowerCase().split(/\s+/)
  const text = [entry.method, entry.path, statusText(entry), entry.client, entry.merchant, entry.fault, entry.reason]
    .join(" ").toLowerCase()
  return words.every((word) => text.includes(word))
}
const requestRow = (entry) =>
  make("tr", { "data-id": entry.id, class: named?.has(entry.id) ? "named" : null },
    make("td", {}, time(entry.time)),
    make("td", { class: "what" },
      button(entry.method + " " + entry.path, () => openDetail(entry.id), { class: "link", "data-key": "request-" + entry.id })),
    make("td", { class: statusClass(entry), title: entry.reason }, statusText(entry)),
    make("td", {}, entry.client ?? ""),
    make("td", {}, entry.merchant ?? ""),
    make("td", { class: "number" }, entry.millis === null ? "" : String(Math.round(entry.millis))),
    make("td", {}, ...(entry.fault === null ? [] : [make("span", { class: "tag" }, entry.fault)])))
const showRequests = () => {
  const shown = [...requests.values()].filter(matches).reverse().slice(0, kept)
  fill(at("request-rows"), shown.map(requestRow))
  at("no-requests").hidden = requests.size > 0
  at("filtered").hidden = named === null
  showChart()
}
const keepRequest = (entry) => {
  requests.set(entry.id, entry)
  while (requests.size > kept) requests.delete(requests.keys().next().value)
}
let shownDetail = null
const lines = (headers) => Object.entries(headers).map(([name, value]) => name + ": " + value).join("\n")
const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text } }
const showDetail = (entry) => {
  at("detail-title").textContent = entry.method + " " + entry.path
  at("detail-reason").textContent = entry.reason ?? ""
  const facts = [["Status", statusText(entry)], ["Time", new Date(entry.time).toISOString()],
    ["Took", entry.millis === null ? null : Math.round(entry.millis) + " ms"], ["Client", entry.client],
    ["Merchant", entry.merchant], ["Token", entry.token === null ? null : "#" + entry.token], ["Fault", entry.fault]]
  at("detail-facts").replaceChildren(...facts.filter(([, value]) => value !== null)
    .flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))
  at("detail-headers").textContent = lines(entry.headers)
  at("detail-body").textContent = pretty(entry.body) || "(empty)"
  at("detail-answer-headers").textContent = lines(entry.answerHeaders)
  at("detail-answer").textContent = pretty(entry.answerBody) || "(empty)"
  at("detail-curl").textContent = entry.curl
}
const openDetail = (id) => {
  const entry = requests.get(id)
  if (entry === undefined) return say("This request is no longer kept.")
  shownDetail = id
  showDetail(entry)
  at("detail").showModal()
}
const showChart = () => {
  const minutes = 10, parts = 40, width = minutes * 60000 / parts, end = now()
  const counts = Array.from({ length: parts }, () => 0)
  for (const { flow, time } of requests.values()) {
    const part = parts - 1 - Math.floor((end - time) / width)
    if (flow !== null && part >= 0 && part < parts) counts[part] += 1
  }
  const most = Math.max(4, ...counts)
  at("chart").replaceChildren(...counts.flatMap((count, index) => {
    if (count === 0) return []
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect")
    const height = 38 * count / most
    for (const [name, value] of Object.entries({ x: index * 6 + 1, y: 40 - height, width: 4, height })) bar.setAttribute(name, value)
    return [bar]
  }))
  const total = counts.reduce((sum, count) => sum + count, 0)
  at("chart").setAttribute("aria-label", total + " token requests in the last 10 minutes, " + Math.max(...counts) + " at most in 15 seconds")
}

// ---- findings

const showFindings = () => {
  fill(at("findings"), findings.map((finding) =>
    make("li", { "data-severity": finding.severity, "data-finding": finding.id },
      make("strong", {}, finding.title + "."),
      make("p", { class: "note" }, finding.next),
      button(finding.count === 1 ? "Show request" : "Show " + finding.count + " requests", () => {
        named = new Set(finding.requests)
        at("filtered-text").textContent = finding.title + "."
        showRequests()
        at("requests").focus()
        at("requests").scrollIntoView()
      }, { "data-key": "finding-" + finding.id }))))
  at("no-findings").hidden = findings.length > 0
}

// ---- tokens

const tokenParts = (token) => {
  const end = token.endedAt ?? Math.min(now(), token.expiresAt)
  const isLive = token.state === "live" && now() < token.expiresAt
  const left = isLive ? (token.expiresAt - now()) / Math.max(1, token.expiresAt - token.issuedAt) : 0
  const state = isLive ? "live" : token.state === "live" ? "expired" : token.state
  const text = isLive ? span(token.expiresAt - now()) + " left" : state + " at " + time(end)
  return { state, text, percent: 100 * left }
}
const tokenItem = (token) => {
  const { percent, state, text } = tokenParts(token)
  const bar = make("div", { class: "track", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-valuenow": Math.round(percent), "aria-label": "Life left of token #" + token.id }, make("div", { class: "fill" }))
  bar.firstChild.style.width = percent + "%"
  return make("li", { "data-token": token.id, "data-state": state },
    make("div", { class: "row" },
      make("span", {}, "#" + token.id + " " + token.client + " " + token.flow),
      make("span", { class: "state" }, text)),
    bar,
    ...(state === "live" ? [make("div", { class: "row does" },
      button("Expire", () => ask("POST", "tokens/expire", { id: token.id }), { "data-key": "expire-" + token.id, "aria-label": "Expire token #" + token.id }),
      button("Revoke", () => ask("POST", "tokens/revoke", { id: token.id }), { "data-key": "revoke-" + token.id, "aria-label": "Revoke token #" + token.id }))] : []))
}
const showTokens = () => {
  fill(at("tokens"), [...state.tokens].reverse().map(tokenItem))
  at("no-tokens").hidden = state.tokens.length > 0
  at("lifetimes").textContent =
    "Currently " + span(state.lifetimes.standard) + " (standard), " + span(state.lifetimes.specialized) + " (specialized)."
}
/** Shrinks the bars between events. */
const shrinkBars = () => {
  if (state === null) return
  for (const token of state.tokens) {
    const item = at("tokens").querySelector('[data-token="' + token.id + '"]')
    if (item === null || item.dataset.state !== "live") continue
    const { percent, state: current, text } = tokenParts(token)
    if (current !== "live") return showTokens()
    item.querySelector(".state").textContent = text
    item.querySelector(".fill").style.width = percent + "%"
    item.querySelector(".track").setAttribute("aria-valuenow", Math.round(percent))
  }
}

// ---- faults

let catalogue = []
const showFaultChoice = () => {
  const chosen = catalogue.find(({ name }) => name === at("fault").value)
  if (chosen === undefined) return
  at("fault-sentence").textContent = chosen.sentence
  at("fault-options-label").hidden = chosen.options === null
  at("fault-options").value = chosen.options ?? ""
}
const loadCatalogue = async () => {
  const answer = await ask("GET", "faults")
  catalogue = answer?.available ?? []
  const groups = [...new Set(catalogue.map(({ group }) => group))]
  at("fault").replaceChildren(...groups.map((group) =>
    make("optgroup", { label: group }, ...catalogue.filter((fault) => fault.group === group)
      .map(({ name }) => make("option", { value: name }, name)))))
  at("fault").value = "htmlBadGateway"
  showFaultChoice()
}
const showFaults = () => {
  fill(at("waiting"), state.faults.map((fault) => make("li", {},
    make("strong", {}, fault.name), " ",
    (fault.times === "always" ? "until cleared" : fault.times === 1 ? "the next answer" : "the next " + fault.times + " answers") +
    (fault.on === "api" ? " of the APIs" : " of the token endpoints") +
    (fault.flow === null ? "" : ", " + fault.flow) + (fault.client === null ? "" : ", for " + fault.client))))
  at("no-waiting").hidden = state.faults.length > 0
}

// ---- keys

const showKeys = () => {
  fill(at("keys"), state.keys.map((keys) => make("li", {},
    make("div", { class: "row" },
      make("span", {}, keys.client + " " + keys.flow + (keys.own ? ", the emulator's own" : "")),
      button("Refuse", () => ask("DELETE", "keys", { clientId: keys.client.replace("…", "") }),
        { "data-key": "refuse-" + keys.client, "aria-label": "Refuse " + keys.client })),
    make("p", { class: "note" },
      "secret ••••" + (keys.subscriptionKey === null ? "" : ", subscription key ••••") +
      (keys.merchants.length === 0 ? "" : ", merchant " + keys.merchants.join(", "))))))
  const chosen = at("fault-client").value
  const clients = [...new Set(state.keys.map(({ client }) => client))]
  at("fault-client").replaceChildren(make("option", { value: "" }, "all"),
    ...clients.map((client) => make("option", { value: client.replace("…", "") }, client)))
  at("fault-client").value = clients.some((client) => client.startsWith(chosen)) ? chosen : ""
}

// ---- events

const showState = (next) => {
  state = next
  clockSkew = next.now - Date.now()
  at("address").textContent = next.publicUrl
  showTokens()
  showFaults()
  showKeys()
}
const load = async () => {
  const answer = await ask("GET", "requests?limit=" + kept)
  requests.clear()
  for (const entry of answer?.requests ?? []) keepRequest(entry)
  showRequests()
}
const live = (text, is) => {
  at("connection").textContent = text
  at("connection").dataset.live = is
}
const events = new EventSource(base + "events")
events.addEventListener("open", () => { live("live", "yes"); load() })
events.addEventListener("error", () => live("not connected", "no"))
events.addEventListener("request", (event) => {
  const entry = JSON.parse(event.data)
  keepRequest(entry)
  if (shownDetail === entry.id && at("detail").open) showDetail(entry)
  if (!paused) showRequests()
})
events.addEventListener("cleared", () => {
  requests.clear()
  named = null
  showRequests()
})
events.addEventListener("state", (event) => showState(JSON.parse(event.data)))
events.addEventListener("findings", (event) => { findings = JSON.parse(event.data).findings; showFindings() })
setInterval(shrinkBars, 500)
setInterval(() => { if (!paused) showChart() }, 5000)

// ---- what is chosen

const copy = async (text, what) => {
  try { await navigator.clipboard.writeText(text); say(what + " copied.") } catch { say("The browser did not allow copying.") }
}
at("copy-variables").onclick = () =>
  copy(Object.entries(state.variables).filter(([, value]) => value !== "").map(([name, value]) => name + '="' + value + '"').join("\n"), "Variables")
at("copy-curl").onclick = () => copy(at("detail-curl").textContent, "Command")
at("filter").oninput = showRequests
at("pause").onclick = () => {
  paused = !paused
  at("pause").setAttribute("aria-pressed", paused)
  at("pause").textContent = paused ? "Resume" : "Pause"
  if (!paused) showRequests()
}
at("clear").onclick = () => ask("DELETE", "requests")
at("show-all").onclick = () => { named = null; showRequests(); at("requests").focus() }
at("expire-all").onclick = () => ask("POST", "tokens/expire")
at("revoke-all").onclick = () => ask("POST", "tokens/revoke")
at("clear-faults").onclick = () => ask("DELETE", "faults")
at("fault").onchange = showFaultChoice
const onSubmit = (id, send) => at(id).addEventListener("submit", (event) => { event.preventDefault(); send() })
onSubmit("lifetime-form", async () => {
  const flow = at("lifetime-flow").value
  const answer = await ask("PUT", "lifetime", { lifetime: at("lifetime").value, ...(flow === "" ? {} : { flow }) })
  if (answer !== undefined) at("lifetime").value = ""
})
onSubmit("fault-form", () => {
  const options = at("fault-options-label").hidden ? "" : at("fault-options").value
  let given
  try { given = options.trim() === "" ? {} : { options: JSON.parse(options) } } catch { return say("The options are not valid JSON.") }
  const times = at("fault-times").value
  const clientId = at("fault-client").value
  ask("POST", "faults", {
    fault: at("fault").value, ...given, on: at("fault-on").value, times: times === "always" ? times : Number(times),
    ...(clientId === "" ? {} : { clientId })
  })
})
onSubmit("keys-form", async () => {
  const optional = (name, id) => (at(id).value === "" ? {} : { [name]: at(id).value })
  const answer = await ask("PUT", "keys", {
    clientId: at("key-id").value, clientSecret: at("key-secret").value,
    ...optional("subscriptionKey", "key-subscription"), ...optional("merchantSerialNumber", "key-merchant")
  })
  if (answer !== undefined) { at("keys-form").reset(); say("Keys accepted.") }
})
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) && !at("detail").open) {
    event.preventDefault()
    at("filter").focus()
  }
})
loadCatalogue()
`
