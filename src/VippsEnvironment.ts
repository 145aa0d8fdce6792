/**
 * The servers of Vipps, and what else goes into headers: the calling software (`SystemInfo`) and the sales unit
 * (`MerchantSerialNumber`).
 */
import type * as Config from "effect/Config"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { filledInRule, merchantSerialNumberPattern, quotesRule, type Rule, systemHeaderRule } from "./core/keyRules.js"
import type { Problem } from "./core/misplacedKeys.js"
import { baseUrlRule, normalizedBaseUrl } from "./core/serverUrl.js"
import { optional, type Problems, type Row, required, withAllProblems } from "./internal/configuration/settings.js"
import { fromVariables } from "./internal/configuration/variables.js"

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
 * The number of a sales unit, checked.
 *
 * @see the schema of the same name for an example
 * @since 0.1.0
 * @category models
 */
export type MerchantSerialNumber = typeof MerchantSerialNumber.Type

/**
 * A malformed environment. Names the rule, never the value, which might hold a password.
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
  override readonly message: string = `${this.setting} ${this.rule}`
}

const setting = "environment"

const environmentRule =
  (insecureHttp: InsecureHttp | undefined): Rule =>
  (text) => {
    if (text === "test" || text === "production") return undefined
    const broken = filledInRule(text) ?? baseUrlRule(text, insecureHttp)
    if (broken === undefined) return undefined
    return URL.canParse(text)
      ? `must be test, production or a URL; a URL ${broken}`
      : (quotesRule(text) ?? "must be test, production or a URL such as https://api.vipps.no")
  }

const insecureHttpRule: Rule = (text) => (text === "allow" ? undefined : "must be allow, or not be set")

type InsecureHttp = "allow"

/** Marks an environment of any copy of this package. */
const TypeId: unique symbol = Symbol.for("effect-vipps-token/VippsEnvironment")

/**
 * The Vipps servers to call. Keys belong to one environment each.
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
  /** The name of the environment; `custom` for a server of one's own. */
  readonly name: "test" | "production" | "custom"

  private constructor(name: VippsEnvironment["name"], baseUrl: string) {
    super()
    this.name = name
    this.#baseUrl = normalizedBaseUrl(baseUrl)
  }

  /** The test environment: tokens live for 1 hour, and the specialized endpoint may be missing. */
  static readonly test: VippsEnvironment = new VippsEnvironment("test", "https://apitest.vipps.no")

  /** The production environment: tokens live for 24 hours, those of the specialized flow for 15 minutes. */
  static readonly production: VippsEnvironment = new VippsEnvironment("production", "https://api.vipps.no")

  /**
   * Any other server: `https:`, or `http:` on a loopback host; no user name, query or fragment. Throws a
   * `VippsEnvironmentError` otherwise.
   *
   * `insecureHttp: "allow"` allows `http:` to any host. Everybody on the way can then read keys and tokens: it is for
   * networks that you trust, such as a Compose file's.
   */
  static custom(url: string | URL, options: CustomEnvironmentOptions = {}): VippsEnvironment {
    const text = typeof url === "string" ? url : url.href
    const rule = baseUrlRule(text, options.insecureHttp)
    if (rule !== undefined) throw new VippsEnvironmentError({ setting, rule })
    return new VippsEnvironment("custom", text)
  }

  /** @internal Resolves an environment or its name. Throws a `VippsEnvironmentError` for any other text. */
  static from(environment: VippsEnvironmentInput): VippsEnvironment {
    if (Predicate.hasProperty(environment, TypeId)) return environment
    if (environment === "test" || environment === "production") return VippsEnvironment[environment]
    throw new VippsEnvironmentError({
      setting,
      rule: "must be test, production or a VippsEnvironment, such as VippsEnvironment.custom makes of a URL"
    })
  }

  static #read(row: Row): Either.Either<VippsEnvironment, Problem> {
    return Either.flatMap(optional(row, "insecureHttp", insecureHttpRule), (insecureHttp) =>
      Either.map(required(row, setting, environmentRule(Option.isSome(insecureHttp) ? "allow" : undefined)), (text) =>
        text === "test" || text === "production" ? VippsEnvironment[text] : new VippsEnvironment("custom", text)
      )
    )
  }

  /** Reads `test`, `production` or a URL from outside. */
  static decode(
    environment: unknown,
    options: CustomEnvironmentOptions = {}
  ): Effect.Effect<VippsEnvironment, VippsEnvironmentError> {
    const row = { environment, insecureHttp: options.insecureHttp }
    return Either.mapLeft(VippsEnvironment.#read(row), (broken) => new VippsEnvironmentError(broken))
  }

  /**
   * Reads `VIPPS_ENVIRONMENT`: `test`, `production` or a URL. There is no default. With `VIPPS_INSECURE_HTTP=allow` the
   * URL may be `http:` on any host.
   */
  static readonly config: Config.Config<VippsEnvironment> = fromVariables(
    { [setting]: "VIPPS_ENVIRONMENT", insecureHttp: "VIPPS_INSECURE_HTTP" },
    (row) => VippsEnvironment.#read(row)
  )

  /** The base URL of all requests. */
  get baseUrl(): URL {
    return new URL(this.#baseUrl)
  }

  /** @internal */
  get [TypeId](): string {
    return this.#baseUrl
  }

  /** Compares two environments by their servers. */
  [Equal.symbol](that: unknown): boolean {
    return Predicate.hasProperty(that, TypeId) && that[TypeId] === this.#baseUrl
  }

  /** The hash that goes with equality. */
  [Hash.symbol](): number {
    return Hash.string(this.#baseUrl)
  }

  /** The environment as loggers and serialisers show it. */
  toJSON(): unknown {
    return { _id: "VippsEnvironment", name: this.name, baseUrl: this.#baseUrl }
  }
}

/**
 * An environment, or the name of one of Vipps' own: `"test"` or `"production"`.
 *
 * @see {@link VippsEnvironment} for an example
 * @since 0.1.0
 * @category models
 */
export type VippsEnvironmentInput = VippsEnvironment | "test" | "production"

/**
 * Options of `VippsEnvironment.custom`.
 *
 * @see {@link VippsEnvironment} for an example
 * @since 0.1.0
 * @category models
 */
export interface CustomEnvironmentOptions {
  /** `"allow"` allows `http:` to hosts other than this machine; refused by default. */
  readonly insecureHttp?: InsecureHttp | undefined
}

const systemVariables = {
  systemName: "VIPPS_SYSTEM_NAME",
  systemVersion: "VIPPS_SYSTEM_VERSION",
  pluginName: "VIPPS_SYSTEM_PLUGIN_NAME",
  pluginVersion: "VIPPS_SYSTEM_PLUGIN_VERSION"
}

const SystemText = Schema.String.pipe(Schema.filter((text) => systemHeaderRule(text)))

/**
 * The calling software, for Vipps' support: required of partners and plugins, recommended to all. Each field is 1 to 30
 * visible ASCII characters; one word in lower case is good. `make` throws if a field breaks the rule.
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
  /** @internal Checks the fields of an object of any origin. */
  static check(row: Row): Either.Either<SystemInfo, Problems> {
    const fields = {
      systemName: required(row, "systemName", systemHeaderRule),
      systemVersion: required(row, "systemVersion", systemHeaderRule),
      pluginName: Either.map(optional(row, "pluginName", systemHeaderRule), Option.getOrUndefined),
      pluginVersion: Either.map(optional(row, "pluginVersion", systemHeaderRule), Option.getOrUndefined)
    }
    return Either.map(withAllProblems(fields, Either.all(fields)), (system) => SystemInfo.make(system))
  }

  /**
   * Reads `VIPPS_SYSTEM_NAME`, `VIPPS_SYSTEM_VERSION`, `VIPPS_SYSTEM_PLUGIN_NAME` and `VIPPS_SYSTEM_PLUGIN_VERSION`.
   * The first two are needed if any of them is set.
   */
  static readonly config: Config.Config<Option.Option<SystemInfo>> = fromVariables(systemVariables, (row) =>
    Object.keys(systemVariables).every((field) => isBlank(row, field))
      ? Either.right(Option.none())
      : Either.map(SystemInfo.check(row), Option.some)
  )
}

const isBlank = (row: Row, field: string): boolean =>
  Either.match(
    optional(row, field, () => undefined),
    { onLeft: () => false, onRight: Option.isNone }
  )
