/**
 * Access tokens for the Vipps MobilePay APIs, as Effect services.
 *
 * @since 0.1.0
 */
export { AccessToken, type AccessTokenOptions } from "./AccessToken.js"
export { CredentialsError } from "./Credentials.js"
export { RefreshPolicy, type RefreshPolicyOptions } from "./RefreshPolicy.js"
export { SpecializedClient } from "./SpecializedClient.js"
export { SpecializedCredentials, type SpecializedCredentialsOptions } from "./SpecializedCredentials.js"
export { SpecializedFlow, type SpecializedFlowOptions } from "./SpecializedFlow.js"
export { SpecializedToken } from "./SpecializedToken.js"
export { StandardClient } from "./StandardClient.js"
export { StandardCredentials, type StandardCredentialsOptions } from "./StandardCredentials.js"
export { StandardFlow, type StandardFlowOptions } from "./StandardFlow.js"
export { StandardToken } from "./StandardToken.js"
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
export type { TokenFlow, TokenFlowOptions, TokenKey } from "./TokenFlow.js"
export type { TestToken, TokenSource, TokenStatus } from "./TokenSource.js"
export {
  type Lease,
  type StoreClaim,
  type StoredEntry,
  TokenStore,
  TokenStoreError,
  type TokenStoreService
} from "./TokenStore.js"
export { VippsClient, type VippsHttpClient } from "./VippsClient.js"
export { MerchantSerialNumber, SystemInfo, VippsEnvironment, VippsEnvironmentError } from "./VippsEnvironment.js"
