/**
 * Access tokens for the Vipps MobilePay APIs, as Effect services.
 *
 * @since 0.1.0
 */
export { AccessToken, type AccessTokenOptions } from "./AccessToken.js"
export {
  CredentialsError,
  SpecializedCredentials,
  type SpecializedCredentialsOptions,
  StandardCredentials,
  type StandardCredentialsOptions
} from "./Credentials.js"
export { RefreshPolicy, type RefreshPolicyOptions } from "./RefreshPolicy.js"
export { TokenCache, type TokenCacheService } from "./TokenCache.js"
export {
  Expired,
  InvalidCredentials,
  InvalidResponse,
  isTokenError,
  isTransient,
  RateLimited,
  RequestRejected,
  TokenError,
  TokenRequestError,
  Unavailable
} from "./TokenError.js"
export {
  SpecializedFlow,
  type SpecializedFlowOptions,
  StandardFlow,
  type StandardFlowOptions,
  type TokenFlow,
  type TokenFlowOptions,
  type TokenKey
} from "./TokenFlow.js"
export { SpecializedToken, StandardToken, type TestToken, type TokenSource, type TokenStatus } from "./TokenSource.js"
export {
  type Lease,
  type StoreClaim,
  type StoredEntry,
  TokenStore,
  TokenStoreError,
  type TokenStoreService
} from "./TokenStore.js"
export { SpecializedClient, StandardClient, VippsClient, type VippsHttpClient } from "./VippsClient.js"
export { MerchantSerialNumber, SystemInfo, VippsEnvironment, VippsEnvironmentError } from "./VippsEnvironment.js"
