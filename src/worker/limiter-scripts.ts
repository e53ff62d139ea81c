import { script } from '../fleet/scripts.ts';

/** What limits on hosts have to do in Redis as one step. */

/**
 * Somebody wants to ask a host. KEYS: leases, opens. ARGV: lease, most at a
 * time or 0, milliseconds between two, how long a lease holds, the longest wait
 * for which a place is kept. Answers [1, wait] where it may, after so many
 * milliseconds; [0, wait] where it must ask again then.
 */
const ENTER = script(`
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local opens = math.max(ms, tonumber(redis.call('GET', KEYS[2]) or '0'))
local longest = tonumber(ARGV[5])
local spacing = tonumber(ARGV[3])
-- Nobody has a place further ahead: the clock was set back, or is another server's.
if opens > ms + longest + spacing + 1 then opens = ms end
local wait = math.ceil(opens - ms)
if wait > longest then return {0, wait - longest} end
local most = tonumber(ARGV[2])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms)
  if redis.call('ZCARD', KEYS[1]) >= most then return {0, 0} end
  redis.call('ZADD', KEYS[1], ms + ARGV[4], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if spacing > 0 then
  redis.call('SET', KEYS[2], string.format('%.3f', opens + spacing), 'PX', math.ceil(wait + spacing + 1000))
end
return {1, wait}
`);

/** Leases still hold. KEYS: leases. ARGV: how long, leases. */
const KEEP_LEASES = script(`
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ms + ARGV[1], ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`);

export const LIMITER_SCRIPTS = { ENTER, KEEP_LEASES };
