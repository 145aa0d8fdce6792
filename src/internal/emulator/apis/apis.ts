/** The APIs and their routes: as much of ePayment as a checkout needs, and the list of ledgers. */
import * as Schema from "effect/Schema"
import { jsonAnswer } from "../wire/exchange.js"
import type { Route } from "../wire/routes.js"
import { type Api, forReport, forSalesUnit } from "./apiCall.js"
import { capturePayment, createPayment, getPayment } from "./epayment.js"

const json = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** `GET /settlement/v1/ledgers`: the ledgers that the keys may read (docs/vipps-access-token.md §2). */
const getLedgers: Api = () =>
  jsonAnswer(200, json, { items: [{ ledgerId: "302321", currency: "NOK", settlesForRecipientHandles: ["NO:123455"] }] })

export const apiRoutes: ReadonlyArray<Route<Api>> = [
  { method: "POST", path: "/epayment/v1/payments", target: forSalesUnit(createPayment) },
  { method: "GET", path: "/epayment/v1/payments/:reference", target: forSalesUnit(getPayment) },
  { method: "POST", path: "/epayment/v1/payments/:reference/capture", target: forSalesUnit(capturePayment) },
  { method: "GET", path: "/settlement/v1/ledgers", target: forReport(getLedgers) }
]
