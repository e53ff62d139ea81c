import { describe, expect, it } from 'vitest';
import { fleetSection } from '../../src/pages/fleet-section.ts';

const WORKER = {
  ...{ host: 'gpu-1', pid: 7, version: '0.1.0', work: null, slots: 8, busy: 3, images: 1234 },
  ...{ images_per_second: 2.5, beat_ms_ago: 400 },
};

describe('the fleet on the page of jobs', () => {
  it('is its workers, and what they do together', () => {
    const { markup } = fleetSection([WORKER, { ...WORKER, work: 'colour' }]);
    expect(markup).toContain('2 workers · 6 of 16 slots at work · 5.0/s');
    expect(markup).toContain('gpu-1:7');
    expect(markup).toContain('0.4 s ago');
    expect(fleetSection([]).markup).toContain('No worker is there');
  });

  it('holds nothing that a worker has made up to do harm, and no more rows than anybody reads', () => {
    const bad = `<script>alert(1)</script>"\u001b[2J${'x'.repeat(1000)}`;
    const many = Array.from({ length: 200 }, () => ({
      ...WORKER,
      host: bad,
      work: bad,
      version: bad,
    }));
    const { markup } = fleetSection(many);
    expect(markup).not.toMatch(/<script|\u001b|x{100}/);
    expect(markup.match(/<tr>/g)).toHaveLength(51);
    expect(markup).toContain('… and 150 more workers');
  });
});
