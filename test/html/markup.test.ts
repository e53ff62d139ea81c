import { describe, expect, it } from 'vitest';
import { html, jsonElement } from '../../src/html/markup.ts';

describe('HTML from a template', () => {
  it('has texts escaped, for elements and attributes', () => {
    const text = `<img src=x onerror="a('&amp;\`')">`;
    expect(html`<b title="${text}">${text}</b>`.markup).toBe(
      '<b title="&#60;img src=x onerror=&#34;a(&#39;&#38;amp;&#96;&#39;)&#34;&#62;">&#60;img src=x onerror=&#34;a(&#39;&#38;amp;&#96;&#39;)&#34;&#62;</b>',
    );
  });

  it('has no control and no direction characters, and no lone surrogates', () => {
    expect(html`<b>${'a\u0000\u001b[1m\u202eb\ud800'}</b>`.markup).toBe('<b>a[1mb\ufffd</b>');
  });

  it('takes markup, lists of it and numbers as they are', () => {
    const items = ['a', '<'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${html`<br>`}${-1.5}`.markup).toBe(
      '<ul><li>a</li><li>&#60;</li></ul><br>-1.5',
    );
  });

  it('does not read a text as a template: escapes stay what they are', () => {
    expect(html`${'$& $1 \\'}`.markup).toBe('$&#38; $1 \\');
  });
});

describe('JSON in a script element', () => {
  const value = {
    text: '</script><script>alert(1)</script><!--<script>]]>\u2028',
    list: [-1, null],
    none: [],
    long: Array.from({ length: 25_000 }, (_, index) => index),
  };

  it('is the same value', () => {
    const markup = [...jsonElement('data', value)].join('');
    const [, json = ''] =
      /^<script type="application\/json" id="data">(.*)<\/script>\n$/s.exec(markup) ?? [];
    expect(JSON.parse(json)).toEqual(value);
  });

  it('can neither end that element nor begin another', () => {
    const markup = [...jsonElement('data', value)].join('');
    expect(markup.match(/</g)).toHaveLength(2);
  });
});
