export type HostRuleOptions = { allow_hosts: string[]; deny_hosts: string[] };

/**
 * Says why a host may not be asked, or null. Patterns are names (`cdn.example`)
 * or all names below one (`*.cdn.example`), or `*`; case does not count. What
 * is denied is denied, also where it is allowed; where anything is allowed,
 * nothing else is.
 */
export function createHostRules({ allow_hosts, deny_hosts }: HostRuleOptions) {
  const allowed = allow_hosts.map(toMatcher);
  const denied = deny_hosts.map(toMatcher);
  return (hostname: string): string | null => {
    const name = hostname.replace(/\.$/, '');
    if (denied.some((matches) => matches(name))) return 'the host is denied by --deny-host';
    const isAllowed = allowed.length === 0 || allowed.some((matches) => matches(name));
    return isAllowed ? null : 'the host is not one of --allow-host';
  };
}

function toMatcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  if (wanted === '*') return () => true;
  if (wanted.startsWith('*.')) return (name) => name.endsWith(wanted.slice(1));
  return (name) => name === wanted;
}
