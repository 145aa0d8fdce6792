/**
 * The atomic steps in Redis, one round trip each. `KEYS[1]` is the token. `KEYS[2]` is its lease, `l:` and the owner,
 * or the failure in which the lease has ended, `f:` and the content. Counts as absent and is overwritten: a value of
 * another form, one over the size limit, one without expiry, a lease longer than a lease may be (F31, F34).
 *
 * The stamp of an entry is its hash: every sealed content differs, and bytes that are not text would not survive the
 * way to a process and back.
 */

/** The longest entry that is read. A token response of 64 KiB is shorter, sealed and in Base64. */
const longestEntryBytes = 262_144

/** The functions that the scripts share. `live`: the value of a key, if it is one that counts. */
const prelude = `
local function live(key)
  local size = redis.pcall('STRLEN', key)
  if type(size) ~= 'number' or size > ${longestEntryBytes} then return nil end
  local value = redis.call('GET', key)
  return value and redis.call('PTTL', key) > 0 and value or nil
end
local function known(value)
  for i = 3, #ARGV do
    if ARGV[i] == redis.sha1hex(value) then return true end
  end
  return false
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function entry(tag, key, value)
  return {tag, value, redis.call('PTTL', key), redis.sha1hex(value), now()}
end
local function owned(key, owner)
  return live(key) == 'l:' .. owner
end
`

/** ARGV: owner, lease in ms, the known stamps. */
export const claim = `${prelude}
local token = live(KEYS[1])
if token and not known(token) then return entry('Token', KEYS[1], token) end
local lease = live(KEYS[2])
local kind = lease and string.sub(lease, 1, 2)
if kind == 'l:' and redis.call('PTTL', KEYS[2]) <= tonumber(ARGV[2]) then return {'Busy'} end
local failure = kind == 'f:' and string.sub(lease, 3)
if failure and not known(failure) then return entry('Failure', KEYS[2], failure) end
redis.call('SET', KEYS[2], 'l:' .. ARGV[1], 'PX', ARGV[2])
return {'Leased'}
`

/** ARGV: owner, lease in ms. */
export const seize = `
redis.call('SET', KEYS[2], 'l:' .. ARGV[1], 'PX', ARGV[2])
return 1
`

/** ARGV: owner, lease in ms. */
export const renew = `${prelude}
if not owned(KEYS[2], ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
`

/** ARGV: owner, content, time to live in ms. */
export const write = `${prelude}
if not owned(KEYS[2], ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
`

/** ARGV: owner, content, time to live in ms. */
export const writeFailure = `${prelude}
if not owned(KEYS[2], ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], 'f:' .. ARGV[2], 'PX', ARGV[3])
return 1
`

/** ARGV: owner. */
export const release = `${prelude}
if not owned(KEYS[2], ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[2])
`

export const read = `${prelude}
local token = live(KEYS[1])
return token and entry('Token', KEYS[1], token) or {'None'}
`

/** ARGV: stamp. */
export const remove = `${prelude}
local token = live(KEYS[1])
if not token or redis.sha1hex(token) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`

/** By the clock that counts the entries down: a script, so that a cluster asks the server that holds the key. */
export const now = `${prelude}
return now()
`
