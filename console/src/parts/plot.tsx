// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, colours } from '../app/theme';
import { clock, day, number } from '../text/format';

export interface Line {
  label: string;
  /** A colour's name in tokens.css. */
  colour: string;
  fill?: boolean;
  stepped?: boolean;
}

interface Props {
  /** Times (s), then the values of each line. */
  data: uPlot.AlignedData;
  lines: Line[];
  /** Two lines, by index from 1, between which the plot is filled. */
  band?: [number, number];
  height: number;
  label: string;
  /** Seconds that the plot shows, up to now; all there is if it is not given. */
  span?: number;
  format?: (value: number) => string;
}

function options(props: Props, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour('ink-3'),
    font: '11px Plex, system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const format = props.format ?? number;
  return {
    width,
    height: props.height,
    padding: [10, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: { x: { time: true }, y: { range: (_, low, high) => roomAround(low, high) } },
    axes: [
      { ...axis, grid: { show: false }, space: 70, values: (_, times) => timeLabels(times), size: 26 },
      { ...axis, space: 34, size: 52, values: (_, values) => values.map((value) => format(value)) },
    ],
    series: [
      {},
      ...props.lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.6,
        fill: line.fill ? fade(colour(line.colour)) : undefined,
        points: { show: false },
        spanGaps: true,
        paths: line.stepped ? uPlot.paths.stepped!({ align: 1 }) : undefined,
      })),
    ],
    bands: props.band && [{ series: props.band, fill: fade(colour('accent')) }],
    hooks: { setCursor: [showTip(props, format)] },
  };
}

function roomAround(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  const room = (high - low) * 0.08;
  return [low >= 0 && low < room * 3 ? 0 : low - room, high + room];
}

function timeLabels(times: number[]): string[] {
  const long = (times[times.length - 1] ?? 0) - (times[0] ?? 0) > 2 * 86400;
  const fine = (times[1] ?? 60) - (times[0] ?? 0) < 60;
  return times.map((time) => (long ? day(time).slice(5) : clock(time).slice(0, fine ? 8 : 5)));
}

function fade(rgb: string): string {
  return rgb.replace(/^rgb\((.*)\)$/, (_, parts: string) =>
    parts.includes(',') ? `rgba(${parts}, 0.12)` : `rgb(${parts} / 12%)`);
}

/** The values under the pointer, in a box beside it. */
function showTip(props: Props, format: (value: number) => string) {
  return (plot: uPlot) => {
    let tip = plot.over.querySelector<HTMLElement>('.tip');
    if (!tip) {
      tip = document.createElement('div');
      tip.className = 'tip';
      plot.over.append(tip);
    }
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left === undefined || left < 0) {
      tip.hidden = true;
      return;
    }
    const time = plot.data[0][idx]!;
    const words = props.lines.map((line, at) => {
      const value = plot.data[at + 1]?.[idx];
      return value === null || value === undefined ? '' : `${props.lines.length > 1 ? `${line.label} ` : ''}${format(value)}`;
    });
    tip.hidden = false;
    tip.textContent = [clock(time), ...words.filter(Boolean)].join('\n');
    tip.style.left = `${Math.max(0, Math.min(left + 12, plot.over.clientWidth - tip.offsetWidth))}px`;
  };
}

/** Lines over time. What it shows is also said in words by `label`. */
export function Plot(props: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const shape = props.lines.map((line) => line.label + line.colour).join();
  const tick = colours.value;

  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(options(latest.current, element.clientWidth || 300), latest.current.data, element);
    plot.current = made;
    show(made, latest.current);
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: latest.current.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape, props.height, tick]);
  useEffect(() => {
    if (plot.current) show(plot.current, props);
  }, [props.data, props.span]);

  return <div class="plot" ref={holder} role="img" aria-label={props.label} />;
}

function show(plot: uPlot, { data, span }: Props): void {
  plot.setData(data, span === undefined);
  if (span !== undefined) {
    const end = Math.max(Date.now() / 1000, data[0][data[0].length - 1] ?? 0);
    plot.setScale('x', { min: end - span, max: end });
  }
}
