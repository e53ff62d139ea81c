import type { Fault } from '../job/effects.ts';

export type HostRuleOptions = { allow_hosts: string[]; deny_hosts: string[] };

export type Refusal = Pick<Fault, 'reason' | 'message'>;

const DENIED: Refusal = { reason: 'deny-host', message: 'the host is denied by --deny-host' };
const NOT_ALLOWED: Refusal = {
  reason: 'allow-host',
  message: 'the host is not one of --allow-host',
};

/**
 * Answers why a host may not be asked, or null. Patterns are names (`cdn.example`)
 * or all names below one (`*.cdn.example`), or `*`; case does not count. What
 * is denied is denied, also where it is allowed; where anything is allowed,
 * nothing else is.
 */
export function createHostRules({ allow_hosts, deny_hosts }: HostRuleOptions) {
  const allowed = allow_hosts.map(toMatcher);
  const denied = deny_hosts.map(toMatcher);
  return (hostname: string): Refusal | null => {
    const name = hostname.replace(/\.$/, '');
    if (denied.some((matches) => matches(name))) return DENIED;
    const isAllowed = allowed.length === 0 || allowed.some((matches) => matches(name));
    return isAllowed ? null : NOT_ALLOWED;
  };
}

function toMatcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  if (wanted === '*') return () => true;
  if (wanted.startsWith('*.')) return (name) => name.endsWith(wanted.slice(1));
  return (name) => name === wanted;
}
