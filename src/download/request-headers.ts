export type HeaderOptions = {
  user_agent: string;
  /** The user's own, name and value: sent to the host that an image's URL names, and to no other. */
  headers: readonly (readonly [string, string])[];
};

/**
 * The headers of the requests for one image. The user's own, and the user name
 * and password of a URL, are left out once a redirect has led to another
 * origin, as browsers do.
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
    let origin: string | null = null;
    let hasLeft = false;
    let authorization: string | null = null;
    return (target: URL): Record<string, string> => {
      if (origin !== null && target.origin !== origin) {
        hasLeft = true;
        authorization = null;
      }
      origin = target.origin;
      authorization = basicAuthorization(target) ?? authorization;
      const headers = hasLeft ? common : usual;
      return authorization ? { ...headers, authorization } : headers;
    };
  };
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
