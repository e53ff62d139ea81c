export type HeaderOptions = {
  user_agent: string;
  /** The user's own, name and value: sent to the host that an image's URL names, and to no other. */
  headers: readonly (readonly [string, string])[];
};

/**
 * The headers of the requests for one image. The user's own, and the user name
 * and password of a URL, are left out once a redirect has led to another
 * origin, as browsers do; from http to https of the same host is none.
 */
export function createRequestHeaders(options: HeaderOptions) {
  const common: Record<string, string> = {
    'user-agent': options.user_agent,
    accept: 'image/*,*/*;q=0.8',
    'accept-encoding': 'identity',
  };
  const own = Object.fromEntries(
    options.headers.map(([name, value]) => [name.toLowerCase(), value]),
  );
  // Made once: most images need no others.
  const usual = { ...common, ...own };
  return () => {
    let last: URL | null = null;
    let hasLeft = false;
    let authorization: string | null = null;
    /** `cookie` is what redirects have set for this URL. */
    return (target: URL, cookie: string | null): Record<string, string> => {
      if (last !== null && isElsewhere(last, target)) {
        hasLeft = true;
        authorization = null;
      }
      last = target;
      authorization = basicAuthorization(target) ?? authorization;
      const headers = hasLeft ? common : usual;
      if (authorization === null && cookie === null) return headers;
      return {
        ...headers,
        ...(authorization && { authorization }),
        ...withCookie(headers, cookie),
      };
    };
  };
}

/** From port 80 to 443 of one host is where it wants to be asked; the way back is not. */
function isElsewhere(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return false;
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:';
  // The port of its scheme a URL does not tell (WHATWG URL, 4.1).
  return !isUpgrade || from.hostname !== to.hostname || from.port !== '' || to.port !== '';
}

/** The user's own cookies and what was set on the way, as curl sends them. */
function withCookie({ cookie: own }: Record<string, string>, cookie: string | null) {
  if (cookie === null) return {};
  return { cookie: own === undefined ? cookie : `${own}; ${cookie}` };
}

/** A URL's own user name and password, as curl and browsers send them (RFC 7617). */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = `${decode(username)}:${decode(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
