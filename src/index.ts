/**
 * Access tokens for the Vipps MobilePay APIs, as Effect services.
 *
 * @since 0.1.0
 */
export { AccessToken, AccessTokenError, type AccessTokenOptions } from "./AccessToken.js"
export { CredentialsError } from "./Credentials.js"
export { RefreshPolicy, type RefreshPolicyOptions } from "./RefreshPolicy.js"
export { SpecializedClient } from "./specialized/SpecializedClient.js"
export {
  SpecializedCredentials,
  type SpecializedCredentialsOptions,
  type SpecializedCredentialsRow,
  type SpecializedCredentialsVariables
} from "./specialized/SpecializedCredentials.js"
export {
  SpecializedFlow,
  type SpecializedFlowConfig,
  type SpecializedFlowOptions
} from "./specialized/SpecializedFlow.js"
export { SpecializedToken } from "./specialized/SpecializedToken.js"
export { StandardClient } from "./standard/StandardClient.js"
export {
  StandardCredentials,
  type StandardCredentialsOptions,
  type StandardCredentialsRow,
  type StandardCredentialsVariables
} from "./standard/StandardCredentials.js"
export { StandardFlow, type StandardFlowConfig, type StandardFlowOptions } from "./standard/StandardFlow.js"
export { StandardToken } from "./standard/StandardToken.js"
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
export type { TokenFlow, TokenFlowConfig, TokenFlowOptions, TokenKey } from "./TokenFlow.js"
export type { TestToken, TokenSource, TokenStatus } from "./TokenSource.js"
export {
  type Lease,
  type StoreClaim,
  type StoredEntry,
  TokenStore,
  TokenStoreError,
  type TokenStoreService
} from "./TokenStore.js"
export { type TestApi, VippsClient, type VippsHttpClient } from "./VippsClient.js"
export {
  type CustomEnvironmentOptions,
  MerchantSerialNumber,
  SystemInfo,
  VippsEnvironment,
  VippsEnvironmentError,
  type VippsEnvironmentInput
} from "./VippsEnvironment.js"
