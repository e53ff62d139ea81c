import type { DataId, TimelineData } from './data.ts';

/** Draws what each slot did when, and says what is under the pointer. */

const MAX_HEIGHT = 420;
const LANE = { least: 3, most: 18 };
const AXIS = 22;
const TICK_WIDTH = 80;
const PARTS = ['wait', 'download', 'work'] as const;

const id: DataId = 'timeline-data';
const read = (): TimelineData => JSON.parse(document.getElementById(id)?.textContent ?? '');
let data = read();
const canvas = document.querySelector<HTMLCanvasElement>('#timeline');
const context = canvas?.getContext('2d');

if (canvas && context) show(canvas, context);

function laneHeight(): number {
  const most = Math.min(LANE.most, Math.floor(MAX_HEIGHT / Math.max(1, data.lanes)));
  return Math.max(LANE.least, most);
}

function height(): number {
  return data.lanes * laneHeight() + AXIS;
}

function show(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): void {
  const resize = () => canvas.style.setProperty('height', `${height()}px`);
  // Before its size is watched: there a change of it would be an error.
  resize();
  const draw = () => drawAll(canvas, context);
  // Of a job that goes on there is more after a while.
  document.addEventListener('timeline-changed', () => {
    data = read();
    resize();
    draw();
  });
  new ResizeObserver(draw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  canvas.addEventListener('pointermove', (event) => {
    const piece = pieceAt(canvas, event);
    canvas.dataset.tip = piece === -1 ? '' : describe(piece);
  });
  canvas.addEventListener('click', (event) => {
    const store_id = data.store_ids[data.store[pieceAt(canvas, event)] ?? -1];
    if (store_id === undefined) return;
    document.dispatchEvent(new CustomEvent('show-images', { detail: store_id }));
  });
}

function drawAll(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): void {
  const width = canvas.clientWidth;
  // Where it is hidden there is nothing to draw on.
  if (width === 0) return;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height() * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const colors = getComputedStyle(canvas);
  const color = (name: string) => colors.getPropertyValue(`--${name}`);
  const scale = width / Math.max(1, data.duration_ms);
  drawAxis(context, { width, height: height(), scale, color });
  drawPieces(context, width, color);
  drawFailures(context, scale, color('failed'));
  drawBreaks(context, scale, color('text'));
}

type Color = (name: string) => string;

function drawPieces(context: CanvasRenderingContext2D, width: number, color: Color): void {
  const columns = context.canvas.width;
  const colors = PARTS.map((part) => channelsOf(context, color(part)));
  const pixels = pixelsOf(sumsOf(columns, colors), columns);
  const gap = laneHeight() > 5 ? 1 : 0;
  context.imageSmoothingEnabled = false;
  for (let lane = 0; lane < data.lanes; lane += 1) {
    const area = [0, lane * laneHeight(), width, laneHeight() - gap] as const;
    context.drawImage(pixels, 0, lane, columns, 1, ...area);
  }
}

/** Red, green and blue. */
function channelsOf(context: CanvasRenderingContext2D, color: string): number[] {
  // It reads back as #rrggbb, however the style sheet writes it.
  context.fillStyle = color;
  return [1, 3, 5].map((at) => Number.parseInt(String(context.fillStyle).slice(at, at + 2), 16));
}

/**
 * For each column of each lane, the colours of the parts by how much of it they
 * cover, and how much that is in all. Images may be much narrower than a pixel:
 * drawn one over another, the last part would hide the others.
 */
function sumsOf(columns: number, colors: number[][]): Float64Array {
  const sums = new Float64Array(columns * data.lanes * 4);
  const scale = columns / Math.max(1, data.duration_ms);
  for (const [piece, lane] of data.lane.entries()) {
    let end = (data.start[piece] ?? 0) * scale;
    for (const [order, part] of PARTS.entries()) {
      const begin = end;
      end += (data[part][piece] ?? 0) * scale;
      for (let column = Math.floor(begin); column < Math.min(end, columns); column += 1) {
        const share = Math.min(end, column + 1) - Math.max(begin, column);
        addShare(sums, (lane * columns + column) * 4, share, colors[order] ?? []);
      }
    }
  }
  return sums;
}

function addShare(sums: Float64Array, at: number, share: number, channels: number[]): void {
  for (let channel = 0; channel < 3; channel += 1) {
    sums[at + channel] = (sums[at + channel] ?? 0) + share * (channels[channel] ?? 0);
  }
  sums[at + 3] = (sums[at + 3] ?? 0) + share;
}

/** A pixel for each column of each lane. What is fetched ahead overlaps with work: then they share it. */
function pixelsOf(sums: Float64Array, columns: number): HTMLCanvasElement {
  const image = new ImageData(columns, data.lanes);
  for (let at = 0; at < sums.length; at += 4) {
    const share = sums[at + 3] ?? 0;
    if (share === 0) continue;
    for (let channel = 0; channel < 3; channel += 1) {
      image.data[at + channel] = (sums[at + channel] ?? 0) / share;
    }
    image.data[at + 3] = 255 * Math.min(1, share);
  }
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = data.lanes;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}

/** At least two pixels wide, however short an image was. */
function drawFailures(context: CanvasRenderingContext2D, scale: number, color: string): void {
  const tall = laneHeight();
  context.fillStyle = color;
  for (let piece = 0; piece < data.start.length; piece += 1) {
    if (!data.failed[piece]) continue;
    context.fillRect(endOf(piece) * scale - 2, (data.lane[piece] ?? 0) * tall, 3, tall);
  }
}

type Axis = { width: number; height: number; scale: number; color: Color };

function drawAxis(context: CanvasRenderingContext2D, { width, height, scale, color }: Axis): void {
  context.clearRect(0, 0, width, height);
  context.font = '12px system-ui, sans-serif';
  context.fillStyle = color('muted');
  context.strokeStyle = color('line');
  const step = stepFor(data.duration_ms / (width / TICK_WIDTH));
  for (let time = 0; time * scale < width - TICK_WIDTH / 2; time += step) {
    const x = Math.round(time * scale) + 0.5;
    drawLine(context, x, height - AXIS + 4);
    context.fillText(timeText(time), x + 3, height - 5);
  }
}

/** Over all that is drawn, so that they are seen. */
function drawBreaks(context: CanvasRenderingContext2D, scale: number, color: string): void {
  context.strokeStyle = color;
  context.setLineDash([4, 3]);
  for (const time of data.breaks) drawLine(context, time * scale, height() - AXIS + 4);
  context.setLineDash([]);
}

function drawLine(context: CanvasRenderingContext2D, x: number, height: number): void {
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}

/** Round numbers of seconds, minutes and hours. */
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800].map((seconds) => seconds * 1000);

/** The next round number of milliseconds. */
function stepFor(least: number): number {
  const step = STEPS.find((ms) => ms >= least);
  if (step !== undefined && least > 500) return step;
  for (let power = least > 500 ? 3_600_000 : 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  }
}

/** `50 ms`, `1.5 s`, `1 min 30 s`, `2 h`. */
function timeText(ms: number): string {
  if (ms > 0 && ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${round(ms / 1000)} s`;
  const units: [string, number, number][] = [
    ['h', 3_600_000, Infinity],
    ['min', 60_000, 60],
    ['s', 1000, 60],
  ];
  return units
    .map(([unit, length, most]) => [Math.floor(ms / length) % most, unit] as const)
    .filter(([count]) => count > 0)
    .map((part) => part.join(' '))
    .join(' ');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function endOf(piece: number): number {
  return PARTS.reduce((time, part) => time + (data[part][piece] ?? 0), data.start[piece] ?? 0);
}

/** The last piece of the lane under the pointer that has begun there; −1 where there is none. */
function pieceAt(canvas: HTMLCanvasElement, { offsetX, offsetY }: MouseEvent): number {
  const lane = Math.floor(offsetY / laneHeight());
  const time = (offsetX / canvas.clientWidth) * data.duration_ms;
  let [low, high] = [0, data.start.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = data.lane[middle] ?? 0;
    const isBefore = other < lane || (other === lane && (data.start[middle] ?? 0) <= time);
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  const piece = low - 1;
  return data.lane[piece] === lane && endOf(piece) >= time ? piece : -1;
}

function describe(piece: number): string {
  const first = data.image[piece] ?? 0;
  const images =
    data.images_each > 1 ? `${data.images_each} images from ${first} on` : `image ${first}`;
  const store_id = data.store_ids[data.store[piece] ?? -1] ?? '';
  const [wait, download, work] = PARTS.map((part) => `${data[part][piece] ?? 0} ms`);
  const failed = data.failed[piece] ? ', failed' : '';
  return `${store_id}, ${images}${failed}\nwait ${wait}, download ${download}, work ${work}`;
}
