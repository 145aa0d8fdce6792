/**
 * Which Vipps servers, and what else goes into headers: who is calling (`SystemInfo`), and for which sales unit
 * (`MerchantSerialNumber`).
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { merchantSerialNumberPattern, systemHeaderRule } from "./core/keyRules.js"
import { baseUrlRule, normalizedBaseUrl } from "./core/serverUrl.js"
import { type BrokenSetting, fromVariables, optional, type Row, required } from "./internal/settings.js"

/**
 * The number of a sales unit: 4 to 10 digits, always a string, since leading zeros count.
 *
 * @example
 * ```ts
 * import { MerchantSerialNumber } from "effect-vipps-token"
 *
 * console.log(MerchantSerialNumber.make("123456")) // 123456
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const MerchantSerialNumber = Schema.String.pipe(
  Schema.pattern(merchantSerialNumberPattern, { message: () => "a merchant serial number must be 4 to 10 digits" }),
  Schema.brand("effect-vipps-token/MerchantSerialNumber")
)

/**
 * The number of a sales unit.
 *
 * @see the schema of the same name for an example
 *
 * @since 0.1.0
 * @category models
 */
export type MerchantSerialNumber = typeof MerchantSerialNumber.Type

/**
 * An environment is malformed. Names the rule; the value, which might hold a password, is nowhere in it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { VippsEnvironment } from "effect-vipps-token"
 *
 * const error = Effect.runSync(Effect.flip(VippsEnvironment.decode("http://vipps.example")))
 *
 * console.log(error._tag) // VippsEnvironmentError
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class VippsEnvironmentError extends Schema.TaggedError<VippsEnvironmentError>(
  "effect-vipps-token/VippsEnvironmentError"
)("VippsEnvironmentError", {
  /** The setting, such as `environment`. */
  setting: Schema.String,
  /** The rule that it breaks. */
  rule: Schema.String
}) {
  override get message(): string {
    return `${this.setting} ${this.rule}`
  }
}

const setting = "environment"

const environmentRule = (text: string): string | undefined => {
  if (text === "test" || text === "production") return undefined
  const broken = baseUrlRule(text)
  if (broken === undefined) return undefined
  return URL.canParse(text)
    ? `must be test, production or a URL; a URL ${broken}`
    : "must be test, production or a URL such as https://api.vipps.no"
}

/**
 * Which Vipps servers to ask. Keys belong to one environment each.
 *
 * @example
 * ```ts
 * import { VippsEnvironment } from "effect-vipps-token"
 *
 * console.log(VippsEnvironment.test.baseUrl.href) // https://apitest.vipps.no/
 * console.log(VippsEnvironment.custom("http://localhost:8080").name) // custom
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class VippsEnvironment extends Inspectable.Class implements Equal.Equal {
  readonly #baseUrl: string
  /**
   * What to call it.
   *
   * @since 0.1.0
   */
  readonly name: "test" | "production" | "custom"

  private constructor(name: VippsEnvironment["name"], baseUrl: string) {
    super()
    this.name = name
    this.#baseUrl = normalizedBaseUrl(baseUrl)
  }

  /**
   * The test environment: tokens live for 1 hour, and the specialized endpoint may be missing.
   *
   * @since 0.1.0
   */
  static readonly test: VippsEnvironment = new VippsEnvironment("test", "https://apitest.vipps.no")

  /**
   * The production environment: tokens live for 24 hours, those of the specialized flow for 15 minutes.
   *
   * @since 0.1.0
   */
  static readonly production: VippsEnvironment = new VippsEnvironment("production", "https://api.vipps.no")

  /**
   * Any other server: `https:`, or `http:` on a loopback host; no user name, query or fragment. Throws a
   * `VippsEnvironmentError` otherwise.
   *
   * @since 0.1.0
   */
  static custom(url: string | URL): VippsEnvironment {
    const text = typeof url === "string" ? url : url.href
    const rule = baseUrlRule(text)
    if (rule !== undefined) throw new VippsEnvironmentError({ setting, rule })
    return new VippsEnvironment("custom", text)
  }

  static #read(row: Row): Either.Either<VippsEnvironment, BrokenSetting> {
    return Either.map(required(row, setting, environmentRule), (text) =>
      text === "test"
        ? VippsEnvironment.test
        : text === "production"
          ? VippsEnvironment.production
          : new VippsEnvironment("custom", text)
    )
  }

  /**
   * Reads `test`, `production` or a URL.
   *
   * @since 0.1.0
   */
  static decode(environment: unknown): Effect.Effect<VippsEnvironment, VippsEnvironmentError> {
    return Either.mapLeft(VippsEnvironment.#read({ environment }), (broken) => new VippsEnvironmentError(broken))
  }

  /**
   * Reads the variable `VIPPS_ENVIRONMENT`: `test`, `production` or a URL. There is no default.
   *
   * @since 0.1.0
   */
  static readonly config: Config.Config<VippsEnvironment> = fromVariables(
    { [setting]: { name: "VIPPS_ENVIRONMENT" } },
    (row) => VippsEnvironment.#read(row)
  )

  /**
   * The URL below which all paths lie.
   *
   * @since 0.1.0
   */
  get baseUrl(): URL {
    return new URL(this.#baseUrl)
  }

  /**
   * Two environments are equal if their servers are.
   *
   * @since 0.1.0
   */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof VippsEnvironment && this.#baseUrl === that.#baseUrl
  }

  /**
   * The hash that goes with equality.
   *
   * @since 0.1.0
   */
  [Hash.symbol](): number {
    return Hash.string(this.#baseUrl)
  }

  /**
   * What is printed.
   *
   * @since 0.1.0
   */
  toJSON(): unknown {
    return { _id: "VippsEnvironment", name: this.name, baseUrl: this.#baseUrl }
  }
}

const systemVariables = {
  systemName: { name: "VIPPS_SYSTEM_NAME", optional: true },
  systemVersion: { name: "VIPPS_SYSTEM_VERSION", optional: true },
  pluginName: { name: "VIPPS_SYSTEM_PLUGIN_NAME", optional: true },
  pluginVersion: { name: "VIPPS_SYSTEM_PLUGIN_VERSION", optional: true }
}

const SystemText = Schema.String.pipe(Schema.filter((text) => systemHeaderRule(text)))

/**
 * Which software is calling, for Vipps' support: required of partners and plugins, recommended to all. Each field is 1
 * to 30 visible ASCII characters; one word in lower case is good. `make` throws where a field breaks the rule.
 *
 * @example
 * ```ts
 * import { SystemInfo } from "effect-vipps-token"
 *
 * const system = SystemInfo.make({ systemName: "acme-shop", systemVersion: "5.4.0" })
 *
 * console.log(system.systemName) // acme-shop
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class SystemInfo extends Schema.Class<SystemInfo>("effect-vipps-token/SystemInfo")({
  /** The name of the e-commerce solution. */
  systemName: SystemText,
  /** Its version. */
  systemVersion: SystemText,
  /** The name of the plugin, if there is one. */
  pluginName: Schema.optional(SystemText),
  /** Its version. */
  pluginVersion: Schema.optional(SystemText)
}) {
  /**
   * Reads `VIPPS_SYSTEM_NAME`, `VIPPS_SYSTEM_VERSION`, `VIPPS_SYSTEM_PLUGIN_NAME` and `VIPPS_SYSTEM_PLUGIN_VERSION`:
   * the first two are needed, or none at all.
   *
   * @since 0.1.0
   */
  static readonly config: Config.Config<Option.Option<SystemInfo>> = fromVariables(systemVariables, (row) =>
    Either.flatMap(
      Either.all(Record.map(systemVariables, (_, field) => optional(row, field, systemHeaderRule))),
      (found) =>
        Object.values(found).every(Option.isNone)
          ? Either.right(Option.none())
          : Either.map(
              Either.all({
                systemName: required(row, "systemName", systemHeaderRule),
                systemVersion: required(row, "systemVersion", systemHeaderRule)
              }),
              (system) =>
                Option.some(
                  SystemInfo.make({
                    ...system,
                    pluginName: Option.getOrUndefined(found.pluginName),
                    pluginVersion: Option.getOrUndefined(found.pluginVersion)
                  })
                )
            )
    )
  )
}
