/** The page of the emulator in a real browser. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Page } from "playwright-core"
import type { ServeEmulatorOptions } from "../../src/internal/emulator/server.js"
import { browser, openPage } from "../fixtures/browser.js"
import { type Fetch, served, specializedKeys, standardKeys } from "../fixtures/emulatorServer.js"

/** One browser for all tests: it takes longer to start than they do. */
const scope = Effect.runSync(Scope.make())
const sharedBrowser = Effect.runSync(Effect.cached(Scope.extend(browser, scope)))
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), 30_000)

const opened = (
  options: ServeEmulatorOptions = {},
  context: Parameters<typeof openPage>[2] = {},
  before: (ask: Fetch) => Effect.Effect<unknown> = () => Effect.void
) =>
  Effect.gen(function* () {
    const server = yield* served(options)
    yield* before(server.ask)
    const { errors, page, requested } = yield* openPage(
      yield* sharedBrowser,
      new URL("/__emulator/", server.server.url),
      context
    )
    yield* see(page, '#connection[data-live="yes"]')
    return { ...server, page, requested, errors }
  })

const see = (page: Page, selector: string) => Effect.promise(() => page.waitForSelector(selector))

const act = <A>(action: () => Promise<A>) => Effect.promise(action)

const text = (page: Page, selector: string) =>
  Effect.map(
    act(() => page.textContent(selector)),
    (text) => text ?? ""
  )

const getToken = (ask: Fetch, headers: Record<string, string> = standardKeys) =>
  Effect.map(ask("POST", "/accesstoken/get", "", headers), ({ json }) => String(json?.access_token))

const getPayment = (ask: Fetch, token: string) =>
  ask("GET", "/epayment/v1/payments/order-1001", undefined, {
    authorization: `Bearer ${token}`,
    "ocp-apim-subscription-key": standardKeys["ocp-apim-subscription-key"],
    "merchant-serial-number": "123456"
  })

/** As much of a day as a picture needs. */
const busyDay = (ask: Fetch) =>
  Effect.gen(function* () {
    const system = { ...standardKeys, "vipps-system-name": "acme", "merchant-serial-number": "123456" }
    const token = yield* getToken(ask, system)
    yield* getToken(ask, system)
    yield* ask("POST", "/miami/v1/token", "grant_type=client_credentials", specializedKeys)
    for (const _ of [1, 2, 3]) yield* getPayment(ask, token)
    yield* ask("POST", "/accesstoken/get", "", { ...system, client_secret: "wrong" })
    yield* ask("POST", "/epayment/v1/payments", "{}", { authorization: `Bearer ${token}`, ...system })
    yield* ask("POST", "/__emulator/faults", { fault: "rateLimited", options: { retryAfter: "7 seconds" } })
    yield* getToken(ask, system)
    yield* ask("POST", "/__emulator/faults", { fault: "htmlBadGateway", times: 3, clientId: "e3b0c442" })
    yield* ask("POST", "/__emulator/tokens/revoke", { id: 1 })
  })

describe("the page", () => {
  it.scopedLive("shows requests as they arrive, opens them masked, filters, pauses and clears", () =>
    Effect.gen(function* () {
      const { ask, errors, page, requested, server } = yield* opened()
      yield* see(page, "#no-requests:visible")
      yield* ask("POST", "/accesstoken/get?client_secret=canary", "", { ...standardKeys, "x-canary": "canary" })
      yield* see(page, '#request-rows tr[data-id="0"]:has-text("200")')
      assert.include(yield* text(page, "#request-rows"), "e3b0c442…")

      yield* act(() => page.click('#request-rows tr[data-id="0"] button'))
      const detail = yield* text(page, "#detail")
      assert.include(detail, "client_secret: ••••")
      assert.include(detail, 'curl -X POST "$VIPPS_ENVIRONMENT"')
      const html = yield* act(() => page.content())
      for (const secret of ["canary", standardKeys.client_secret, standardKeys["ocp-apim-subscription-key"]]) {
        assert.notInclude(html.replaceAll("x-canary", ""), secret)
      }
      yield* act(() => page.keyboard.press("Escape"))

      yield* ask("GET", "/nowhere")
      yield* see(page, '#request-rows tr[data-id="1"]:has-text("404")')
      yield* act(() => page.fill("#filter", "accesstoken 200"))
      yield* see(page, "#request-rows tr:only-child")
      yield* act(() => page.fill("#filter", ""))

      yield* act(() => page.click("#pause"))
      yield* ask("GET", "/while-paused")
      // Events come in order: this one after that of the request.
      yield* ask("POST", "/__emulator/faults", { fault: "hang" })
      yield* see(page, '#waiting li:has-text("hang")')
      yield* ask("DELETE", "/__emulator/faults")
      assert.notInclude(yield* text(page, "#request-rows"), "while-paused")
      yield* act(() => page.click("#pause"))
      yield* see(page, '#request-rows tr:has-text("while-paused")')
      yield* act(() => page.click("#clear"))
      yield* see(page, "#no-requests:visible")

      assert.deepStrictEqual(errors, [])
      for (const url of requested) assert.match(url, new RegExp(`^(${server.url.origin}/|data:)`))
    })
  )

  it.scopedLive("shows the contents of a request as text, whatever they are", () =>
    Effect.gen(function* () {
      const { ask, errors, page } = yield* opened()
      const attack = "<img src=x onerror=document.title='attacked'>"
      yield* ask("POST", `/${encodeURIComponent(attack)}?q=${attack}`, attack, {
        "user-agent": attack,
        "vipps-system-name": attack
      })
      yield* act(() => page.click("#request-rows tr button"))
      assert.include(yield* text(page, "#detail-body"), attack)
      assert.strictEqual(yield* act(() => page.title()), "Vipps emulator")
      assert.strictEqual(yield* act(() => page.locator("img").count()), 0)
      assert.deepStrictEqual(errors, [])
    })
  )

  it.scopedLive("a queued fault hits one client or all, until it is cleared", () =>
    Effect.gen(function* () {
      const { ask, page } = yield* opened()
      assert.isFalse(yield* act(() => page.isVisible("#fault-options")))
      yield* act(() => page.selectOption("#fault", "rateLimited"))
      assert.include(yield* text(page, "#fault-sentence"), "429 with Retry-After")
      yield* act(() => page.fill("#fault-options", '{ "retryAfter": "9 seconds" }'))
      yield* act(() => page.click("#fault-form button.primary"))
      yield* see(page, '#waiting li:has-text("rateLimited")')
      const limited = yield* ask("POST", "/accesstoken/get", "", standardKeys)
      assert.deepStrictEqual([limited.status, limited.headers.get("retry-after")], [429, "9"])
      yield* see(page, '#request-rows tr:has-text("429"):has(.tag:has-text("rateLimited"))')
      yield* see(page, "#no-waiting:visible")

      yield* act(() => page.selectOption("#fault", "htmlBadGateway"))
      yield* act(() => page.selectOption("#fault-times", "always"))
      yield* act(() => page.selectOption("#fault-client", { label: "6b86b273…" }))
      yield* act(() => page.click("#fault-form button.primary"))
      yield* see(page, '#waiting li:has-text("until cleared"):has-text("6b86b273")')
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", standardKeys)).status, 200)
      const partner = { ...standardKeys, client_id: "6b86b273-ff34-4ce1-9d6b-804eff5a3f57" }
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", partner)).status, 502)
      yield* act(() => page.click("#clear-faults"))
      yield* see(page, "#no-waiting:visible")
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", partner)).status, 401)
    })
  )

  it.scopedLive("the bar of a revoked token ends, and that of an expired one ends by itself", () =>
    Effect.gen(function* () {
      const { ask, page } = yield* opened()
      const token = yield* getToken(ask)
      const bar = '#tokens li[data-token="0"]'
      yield* see(page, `${bar}[data-state="live"]`)
      const width = () => page.$eval(`${bar} .fill`, (fill) => fill.getBoundingClientRect().width)
      // It is drawn a moment after the entry.
      yield* Effect.repeat(act(width), { until: (pixels) => pixels > 20 })
      yield* act(() => page.click(`${bar} button:has-text("Revoke")`))
      yield* see(page, `${bar}[data-state="revoked"]:has-text("revoked at")`)
      yield* Effect.repeat(act(width), { until: (pixels) => pixels < 1 })
      assert.strictEqual((yield* getPayment(ask, token)).status, 401)

      yield* act(() => page.fill("#lifetime", "3 seconds"))
      yield* act(() => page.click("#lifetime-form button"))
      yield* see(page, '#lifetimes:has-text("3 s (standard)")')
      yield* getToken(ask)
      yield* see(page, '#tokens li[data-token="1"]')
      yield* see(page, '#tokens li[data-token="1"][data-state="expired"]')
      yield* act(() => page.fill("#lifetime", "soon"))
      yield* act(() => page.click("#lifetime-form button"))
      yield* see(page, "#message:visible")
    })
  )

  it.scopedLive("a finding is shown, and links to its requests", () =>
    Effect.gen(function* () {
      const { ask, page } = yield* opened()
      for (const _ of [1, 2, 3]) yield* getToken(ask)
      yield* ask("GET", "/nowhere")
      const finding = '#findings li[data-finding="token-for-each-call"]'
      yield* act(() => page.click(`${finding} button:has-text("Show 2 requests")`))
      yield* see(page, "#filtered:visible")
      const ids = () => page.$$eval("#request-rows tr", (rows) => rows.map((row) => row.getAttribute("data-id")))
      assert.deepStrictEqual(yield* act(ids), ["2", "1"])
      yield* act(() => page.click("#show-all"))
      yield* see(page, '#request-rows tr[data-id="3"]')
    })
  )

  it.scopedLive("keys are accepted and refused, but never shown", () =>
    Effect.gen(function* () {
      const { ask, page } = yield* opened()
      const keys = {
        client_id: "0f0f0f0f-0000-4000-8000-000000000001",
        client_secret: "canary-secret",
        "ocp-apim-subscription-key": "canary-key"
      }
      yield* act(() => page.fill("#key-id", keys.client_id))
      yield* act(() => page.fill("#key-secret", keys.client_secret))
      yield* act(() => page.fill("#key-subscription", keys["ocp-apim-subscription-key"]))
      yield* act(() => page.click("#keys-form button"))
      yield* see(page, '#keys li:has-text("0f0f0f0f…")')
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", keys)).status, 200)
      assert.notInclude(yield* act(() => page.content()), "canary")
      yield* act(() => page.click('#keys li:has-text("0f0f0f0f…") button'))
      yield* act(() => page.waitForSelector('#keys li:has-text("0f0f0f0f…")', { state: "detached" }))
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", keys)).status, 401)
    })
  )

  it.scopedLive("works by keyboard alone", () =>
    Effect.gen(function* () {
      const { ask, page } = yield* opened()
      yield* getToken(ask)
      yield* see(page, "#request-rows tr button")
      const press = (...keys: ReadonlyArray<string>) =>
        Effect.forEach(keys, (key) => act(() => page.keyboard.press(key)), { discard: true })
      const focused = act(() =>
        page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || "")
      )
      const outlined = act(() =>
        page.evaluate(() => {
          const { activeElement, body } = document
          return activeElement === null || activeElement === body
            ? "solid"
            : getComputedStyle(activeElement).outlineStyle
        })
      )
      /** Where Tab leads, until it comes back to the beginning. */
      const reached: Array<string> = []
      for (let steps = 0; steps < 60; steps++) {
        yield* press("Tab")
        reached.push(yield* focused)
        assert.strictEqual(yield* outlined, "solid", reached.at(-1))
      }
      const wanted = [
        "copy-variables",
        "filter",
        "pause",
        "clear",
        "POST /accesstoken/get",
        "revoke-all",
        "Revoke",
        "fault",
        "key-id"
      ]
      for (const one of wanted) assert.include(reached, one)
      yield* act(() => page.focus("#request-rows tr button"))
      yield* press("Enter")
      yield* see(page, "#detail[open]")
      yield* press("Escape")
      assert.strictEqual(yield* focused, "POST /accesstoken/get")
      // A new request redraws the rows: the focus stays on the one that had it.
      yield* ask("GET", "/nowhere")
      yield* see(page, '#request-rows tr[data-id="1"]')
      assert.strictEqual(yield* focused, "POST /accesstoken/get")
      yield* press("/")
      assert.strictEqual(yield* focused, "filter")
      yield* act(() => page.focus('#tokens button:has-text("Revoke")'))
      yield* press("Enter")
      yield* see(page, '#tokens li[data-state="revoked"]')
    })
  )

  for (const [name, context] of Object.entries({
    "light and wide": { colorScheme: "light" as const },
    "dark and wide": { colorScheme: "dark" as const },
    "light and narrow": { colorScheme: "light" as const, viewport: { width: 360, height: 740 } },
    "dark and narrow": { colorScheme: "dark" as const, viewport: { width: 360, height: 740 } }
  })) {
    it.scopedLive(`is readable, ${name}: nothing is cut off, and every text has enough contrast`, () =>
      Effect.gen(function* () {
        const { page } = yield* opened({}, context, busyDay)
        yield* see(page, "#findings li")
        yield* see(page, "#waiting li")
        const overflow = yield* act(() =>
          page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        )
        assert.isAtMost(overflow, 0)
        assert.deepStrictEqual(yield* act(() => page.evaluate(paleTexts)), [])
        if (process.env.SCREENSHOTS !== undefined) {
          const path = new URL(`../../docs/emulator/${name.replaceAll(" and ", "-")}.png`, import.meta.url).pathname
          yield* act(() => page.screenshot({ path, fullPage: true }))
        }
      })
    )
  }
})

/** Texts whose contrast to their ground is under 4.5 : 1 (WCAG 2.2, 1.4.3). Runs in the page. */
const paleTexts = (): ReadonlyArray<string> => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const rgb = (color: string): ReadonlyArray<number> => {
    if (canvas === null) return []
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (color: ReadonlyArray<number>) => {
    const [r = 0, g = 0, b = 0] = color.map((part) =>
      part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element: Element | null): ReadonlyArray<number> => {
    if (element === null) return [255, 255, 255, 255]
    const ground = rgb(getComputedStyle(element).backgroundColor)
    return ground[3] === 255 ? ground : groundOf(element.parentElement)
  }
  return [...document.querySelectorAll("body *")].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "")
    if (!own || !element.checkVisibility() || element.matches("script, style, option")) return []
    const [light = 0, dark = 0] = [luminance(rgb(getComputedStyle(element).color)), luminance(groundOf(element))].sort(
      (a, b) => b - a
    )
    const contrast = (light + 0.05) / (dark + 0.05)
    return contrast < 4.5
      ? [`${element.tagName} ${element.textContent?.trim().slice(0, 30)} ${contrast.toFixed(2)}`]
      : []
  })
}
