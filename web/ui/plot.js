/* A plot over days, drawn by uPlot in the colours of the page. */
import uPlot from 'uplot';
import { formatDay } from '../lib/format.js';

/** @typedef {{ label: string, color: string, values: number[] }} Series color: a custom property of the page */

const HEIGHT = 180; // pixels
const DAY_S = 86_400;

/**
 * Bars on top of one another, a column for each day. Returns the function that takes it away.
 * @param {HTMLElement} place
 * @param {string[]} days  as 2026-01-31
 * @param {Series[]} series
 * @returns {() => void}
 */
export function plotDays(place, days, series) {
  const style = getComputedStyle(place);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const x = days.map((day) => Date.parse(day) / 1000);
  const sums = series.map((_, i) =>
    days.map((_day, d) => series.slice(i).reduce((sum, { values }) => sum + (values[d] ?? 0), 0)),
  );
  const most = Math.max(4, ...(sums[0] ?? []));
  const font = `12px ${style.fontFamily}`;
  const axis = { stroke: color('--muted'), font, grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.7, 24], radius: 0.2 });
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC'),
      scales: {
        x: { range: () => [(x[0] ?? 0) - DAY_S / 2, (x.at(-1) ?? 0) + DAY_S / 2] },
        y: { range: () => [0, most] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, list) => list.map((s) => formatDay(new Date(s * 1000).toISOString())),
        },
        { ...axis, size: 32, values: (_, list) => list.map((n) => (Number.isInteger(n) ? String(n) : '')) },
      ],
      series: [
        {},
        ...series.map(({ label, color: name }) => ({
          label,
          fill: color(name),
          width: 0,
          points: { show: false },
          ...(bars ? { paths: bars } : {}),
        })),
      ],
    },
    [x, ...sums],
    place,
  );
  const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
  resize.observe(place);
  return () => {
    resize.disconnect();
    plot.destroy();
  };
}
