import { createHash } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { RedisClient } from './redis.ts';

/**
 * What has to happen in Redis as one step. Each script touches the keys of one
 * prefix only, which a cluster keeps on one node.
 */

/**
 * How a run ends in good order, as its workers are told: none of its images
 * begins any more, and its stores end, or stay as they are for another time.
 */
export const ENDING = { end: 2, rest: 3 } as const;
export type Ending = keyof typeof ENDING;

/** A script, and its name in Redis. */
type Script = { text: string; sha: string };

/** A script of this text. */
export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** `INFO` of a server begins anew with each of its starts: another id may mean other data. */
const SERVER_ID = `string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')`;

/**
 * A worker has taken a store. KEYS: run, store, lock, open. ARGV: token, the
 * position, the store's key: of one that is not open by this key nothing is to be done,
 * how many deaths at its image make it one that is taken alone, and 1 where it is.
 * Answers [word, version, committed, failure, ended, takes]; 'alone' counts as no take.
 */
const BEGIN = script(`
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return {'lost'} end
local run = redis.call('HMGET', KEYS[1], 'v', 'server', 'over')
if not run[1] then return {'gone'} end
if run[2] ~= ${SERVER_ID} then return {'stale'} end
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[3] then return {'gone'} end
local store = redis.call('HMGET', KEYS[2], 'i:at', 'i:failure', 'i:end', 'i:takes')
if tonumber(store[4] or '0') >= tonumber(ARGV[4]) and ARGV[5] ~= '1' then return {'alone'} end
local takes = redis.call('HINCRBY', KEYS[2], 'i:takes', 1)
return {run[3] and 'over' or 'ok', run[1], store[1] or '-1', store[2] or '', store[3] or '', tostring(takes)}
`);

/**
 * Events of a store, of which the last may be an image's end or the store's.
 * KEYS: run, store, lock, results, open. ARGV: token, the position, the events,
 * the image that was committed before, the image or '' or 'end', the failure or ''.
 * Answers 1, or how the job is to end (ENDING); 0 where the lock is another's,
 * -1 where the run is gone.
 */
const COMMIT = script(`
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
local over = redis.call('HMGET', KEYS[1], 'v', 'over')
if not over[1] then return -1 end
local answer = tonumber(over[2] or '1')
local store = redis.call('HMGET', KEYS[2], 'i:at', 'i:end')
local image = ARGV[5]
if image == 'end' then
  if store[2] then return answer end
  if (store[1] or '-1') ~= ARGV[4] then return 0 end
  redis.call('HSET', KEYS[2], 'i:end', '1')
  redis.call('HDEL', KEYS[5], ARGV[2])
elseif image ~= '' then
  if store[1] == image then return answer end
  if (store[1] or '-1') ~= ARGV[4] then return 0 end
  -- Whoever has committed has the next image, too.
  redis.call('HSET', KEYS[2], 'i:at', image, 'i:takes', '1')
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[2], 'i:failure', ARGV[6]) end
end
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('XADD', KEYS[4], '*', 'n', n, 'p', ARGV[2], 'e', ARGV[3], 'x', image == 'end' and '1' or '0')
if n == 1 then redis.call('PEXPIRE', KEYS[4], redis.call('PTTL', KEYS[1])) end
return answer
`);

/** A worker that lives gives a store back: that it took it counts as no death. KEYS: store. */
const FORGIVE = script(`
if redis.call('EXISTS', KEYS[1]) == 1 and tonumber(redis.call('HGET', KEYS[1], 'i:takes') or '0') > 0 then
  redis.call('HINCRBY', KEYS[1], 'i:takes', -1)
end
return 1
`);

/** A run begins. KEYS: run. ARGV: what its stores have in common. */
const OPEN_RUN = script(`
redis.call('HSET', KEYS[1], 'info', ARGV[1], 'server', ${SERVER_ID}, 'n', '0', 'puts', '0')
redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HDEL', KEYS[1], 'over')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`);

/**
 * Another process goes on with a run. KEYS: run, open, results. ARGV: as before. Answers
 * 0 where it is gone, else [version, n, puts, whether Redis was not started again, position, id, …].
 */
const TAKE_UP_RUN = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'info', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HDEL', KEYS[1], 'over')
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
local answer = redis.call('HMGET', KEYS[1], 'v', 'n', 'puts', 'server')
answer[4] = answer[4] == ${SERVER_ID} and '1' or '0'
for _, text in ipairs(redis.call('HGETALL', KEYS[2])) do table.insert(answer, text) end
return answer
`);

/**
 * Stores are in the queue. KEYS: run, open. ARGV: how many. Answers 0 where the run is gone.
 * What is kept of a run lasts as long as the run.
 */
const PUT = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
return redis.call('HINCRBY', KEYS[1], 'puts', ARGV[1])
`);

/**
 * Whether Redis has all that the runner knows of: after a restart it may have
 * lost some, or all. KEYS: run, results, open. ARGV: the last entry that was read
 * and its number, stores that were put, how long the run and its parts are kept.
 * Answers 1; 0 where something is lost.
 */
const CHECK = script(`
local run = redis.call('HMGET', KEYS[1], 'n', 'puts', 'server')
if not run[1] or tonumber(run[2]) < tonumber(ARGV[3]) then return 0 end
local read = tonumber(ARGV[2])
local next = redis.call('XRANGE', KEYS[2], '(' .. ARGV[1], '+', 'COUNT', 1)
if #next > 0 then
  local fields = next[1][2]
  if tonumber(fields[2]) ~= read + 1 then return 0 end
elseif tonumber(run[1]) ~= read then
  return 0
end
local server = ${SERVER_ID}
if run[3] ~= server then redis.call('HSET', KEYS[1], 'server', server) end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[4]) end
return 1
`);

/** Stores that have not ended and are not there. KEYS: open, each store. ARGV: their positions. Answers those of the lost. */
const LOST = script(`
local lost = {}
for index, position in ipairs(ARGV) do
  if redis.call('HEXISTS', KEYS[1], position) == 1 and redis.call('EXISTS', KEYS[index + 1]) == 0 then
    table.insert(lost, position)
  end
end
return lost
`);

/** Tells whether a participant of this version may take part. KEYS: version. ARGV: version, how long it holds. */
const JOIN = script(`
local other = redis.call('GET', KEYS[1])
if other and other ~= ARGV[1] then return other end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
return {time[1], time[2]}
`);

/** A worker lives. KEYS: workers, about, slots. ARGV: id, about, slots, how long that holds. */
const BEAT = script(`
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return ms
`);

/** Workers that have beaten lately. KEYS: workers. ARGV: within how long. Answers [now, id, ms, …]. */
const WORKERS = script(`
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[1])
local answer = redis.call('ZRANGE', KEYS[1], 0, 9999, 'WITHSCORES')
table.insert(answer, 1, tostring(ms))
return answer
`);

export const SCRIPTS = {
  BEGIN,
  COMMIT,
  FORGIVE,
  OPEN_RUN,
  TAKE_UP_RUN,
  PUT,
  CHECK,
  LOST,
  JOIN,
  BEAT,
  WORKERS,
};

/** Runs a script; rejects with what Redis says. */
export async function runScript(
  client: RedisClient,
  { text, sha }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.call('EVALSHA', sha, keys.length, ...keys, ...values);
  } catch (error) {
    // A Redis that was started again knows no scripts.
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return client.call('EVAL', text, keys.length, ...keys, ...values);
  }
}
