/** Something that is done again and again, never twice at once. What goes wrong with it goes wrong the next time too. */
export type Ticker = { start(): void; now(): void; stop(): void };

export function createTicker(ms: number, act: () => Promise<void>): Ticker {
  let timer: NodeJS.Timeout | null = null;
  let isUnderWay = false;
  const tick = () => {
    if (timer === null || isUnderWay) return;
    isUnderWay = true;
    void act()
      .catch(() => {})
      .finally(() => {
        isUnderWay = false;
      });
  };
  return {
    start() {
      timer ??= setInterval(tick, ms);
    },
    now: tick,
    stop() {
      if (timer) clearInterval(timer);
      timer = null;
    },
  };
}
