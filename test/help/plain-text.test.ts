import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/help/plain-text.ts';
import { textWidth } from '../../src/terminal/columns.ts';
import { DOCUMENTS } from '../support/readme.ts';

const PLAIN = { unicode: true, color: false };
const COLOR = { unicode: true, color: true };
const layout = (columns: number, style = PLAIN) => ({
  columns,
  style,
  program: 'imgjob',
});

describe('a page as plain text', () => {
  it('has underlined headings, and lines that fit', () => {
    const page = '# Kept images\n\nOne two three four five.\nSix.\n\n## More\n';
    expect(plainText(page, layout(15))).toBe(
      'Kept images\n===========\n\nOne two three\nfour five. Six.\n\nMore\n----\n',
    );
  });

  it('has lists whose lines hang, and code as it is, to be copied', () => {
    const page =
      '- **One** is the first\n- two\n\n  ```sh\n  imgjob run a.json | jq .\n  ```\n\nEnd.\n';
    expect(plainText(page, layout(16))).toBe(
      '- One is the\n  first\n- two\n\n      imgjob run a.json | jq .\n\nEnd.\n',
    );
  });

  it('marks code within lines, or shows it bold where there is color', () => {
    const page = 'Say `--save DIR`.';
    expect(plainText(page, layout(40))).toBe('Say `--save DIR`.\n');
    expect(plainText(page, layout(60, COLOR))).toBe('Say \u001b[1m--save DIR\u001b[22m.\n');
  });

  it('names the command that prints another page, and the address of what is elsewhere', () => {
    const page =
      '[sharp](https://sharp.example) and [digests](results.md#digests), [below](#here).';
    expect(plainText(page, layout(99))).toBe(
      'sharp (https://sharp.example) and digests (imgjob help results), below.\n',
    );
  });

  it('has commands that work as they are typed, and leaves what other programs read', () => {
    const typed = '```sh\nimgjob run m.json | imgjob diff -\n```\n\nSay `imgjob help ci`.\n';
    const npx = { ...layout(60), program: 'npx imgjob' };
    expect(plainText(typed, npx)).toBe(
      '    npx imgjob run m.json | npx imgjob diff -\n\nSay `npx imgjob help ci`.\n',
    );
    const workflow = '```yaml\nrun: npx imgjob run m.json\n```\n';
    expect(plainText(workflow, npx)).toBe('    run: npx imgjob run m.json\n');
  });

  it('sets a table side by side where there is room', () => {
    const page =
      '| code | means |\n| --- | --- |\n| `0` | all is well here |\n| 130 | stopped \\| cut |\n';
    expect(plainText(page, layout(18))).toBe(
      'code  means\n0     all is well\n      here\n130   stopped |\n      cut\n',
    );
  });

  it('sets what is said of a name below it where there is none', () => {
    const rows = [
      '| `--rate N/s` | requests in a time | none |',
      '| `--digest` | of each image ([more](results.md)) | |',
    ];
    const page = `| option | meaning | default |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    expect(plainText(page, layout(37))).toBe(
      '--rate N/s\n    requests in a time  default: none\n--digest\n    of each image (imgjob help\n    results)\n',
    );
    const four =
      '| the error code | means | tried again | what to do |\n| --- | --- | --- | --- |\n';
    expect(plainText(`${four}| \`dns\` | no host | no | check the name |\n`, layout(40))).toBe(
      'dns\n    no host\n    tried again: no\n    what to do: check the name\n',
    );
  });

  it.each([40, 80, 100])('fits %i columns, but for code and words that are longer', (columns) => {
    for (const document of DOCUMENTS) {
      const lines = plainText(document, layout(columns)).split('\n');
      const isText = (line: string) => !/^ {4,}/.test(line) && line.includes(' ');
      const long = lines.filter((line) => isText(line) && textWidth(line) > columns);
      expect(long.filter((line) => line.trim().split(' ').length > 2)).toEqual([]);
      expect(lines.filter((line) => /\*\*|\]\(|^#|^\|.*\|$/.test(line) && isText(line))).toEqual(
        [],
      );
    }
  });
});
