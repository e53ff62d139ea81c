// Draws the pictures of the README from a real run: npm run pictures. Needs `script` (util-linux) and Chromium.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { filmOf } from './film.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const IMAGES = new URL('../../fixtures/demo/images/', import.meta.url);
/** Where a shell finds the program by its name, as after an installation. */
const NAMED = at('../../test/support/path');
const SIZE = { columns: 88, rows: 24 };
const COMMAND = 'imgjob run manifest.json -c 8 --report report.html';
/** The last image of S0003 is gone, the second of S0005 needs a second attempt. */
const GONE = '?30';
const FLAKY = '?47';

/** A server that takes its time, as the proxy of the run: so the names of its hosts are nice to read. */
function startServer() {
  let isFlaky = true;
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://cdn.example');
    setTimeout(
      () => {
        if (search === GONE) return response.writeHead(404).end();
        if (search === FLAKY && isFlaky) {
          isFlaky = false;
          return response.writeHead(503).end();
        }
        response.end(readFileSync(new URL(basename(pathname), IMAGES)));
      },
      40 + ((search.length * 7919 + Number(search.slice(1)) * 104729) % 180),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Runs the job in a pseudo-terminal; answers what it wrote, each piece with its time in ms. */
function record(folder, port) {
  const pieces = [];
  const began = performance.now();
  const shell = `stty rows ${SIZE.rows} cols ${SIZE.columns}; ${COMMAND}`;
  const child = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      HOME: folder,
      PATH: [NAMED, process.env.PATH].join(delimiter),
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      HTTP_PROXY: `http://127.0.0.1:${port}`,
      IMGJOB_STATE_DIR: join(folder, 'state'),
      IMGJOB_SLEEP: '200ms',
    },
  });
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text) => pieces.push({ ms: performance.now() - began, text }));
  return new Promise((resolve) => child.once('close', () => resolve(pieces)));
}

async function drawReport(path) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1060 } });
  await page.goto(pathToFileURL(path).href);
  const picture = await page.screenshot();
  await browser.close();
  return sharp(picture).png({ palette: true, colors: 64, compressionLevel: 9 }).toBuffer();
}

const folder = mkdtempSync(join(tmpdir(), 'imgjob-pictures-'));
const server = await startServer();
try {
  const demo = readFileSync(at('../../fixtures/demo/manifest.json'), 'utf8');
  const manifest = demo
    .replace('"demo"', '"spring-audit"')
    .replaceAll('demo.invalid', 'cdn.example');
  writeFileSync(join(folder, 'manifest.json'), manifest);
  const pieces = await record(folder, server.address().port);
  writeFileSync(at('terminal.svg'), await filmOf(pieces, COMMAND, SIZE));
  writeFileSync(at('report.png'), await drawReport(join(folder, 'report.html')));
} finally {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
