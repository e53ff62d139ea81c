import { html, type Markup } from '../html/markup.ts';
import { pageMarkup } from './layout.ts';

/** Asks for the token. `next` is where whoever logs in wants to go. */
export function loginPage({ next, isWrong }: { next: string; isWrong: boolean }): Markup {
  const problem = isWrong
    ? html`<p id="login-problem" class="problem" role="alert">That is not the token of this server.</p>`
    : html``;
  const invalid = isWrong ? html` aria-invalid="true" aria-describedby="login-problem"` : html``;
  const main = html`<h1>Log in</h1>
<form class="card login" method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password"${invalid}>
<input type="hidden" name="next" value="${next}">
${problem}
<p class="muted">The one that the server was started with: <code>--token</code> or <code>IMGJOB_TOKEN</code>.</p>
<button class="primary">Log in</button>
</form>
`;
  const rest = { live: null, scripts: ['login'], hasSession: false } as const;
  return pageMarkup({ title: 'Log in (imgjob)', status: 'ongoing', main, ...rest });
}

/** Where to go after a log-in: to a page of this server, and nowhere else. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(jobs\/[A-Za-z0-9._-]+\/?|\?[\w=&~.%-]*)?$/.test(next) ? next : '/';
}
