// SPDX-License-Identifier: Apache-2.0
// Rows of one height, of which only those on view are in the document.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The rows to draw for a scroll position: [first, behind the last), with some spare around. */
export function windowOf(top: number, height: number, rowHeight: number, count: number, spare = 8): [number, number] {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  return [Math.min(first, Math.max(0, count - 1)), Math.max(end, 0)];
}

interface Props {
  count: number;
  /** How many there are in all, for those who cannot see how long the table is. */
  total: number;
  rowHeight: number;
  label: string;
  /** Draws a row; `place` is its position, to be set as style. */
  row(index: number, place: { top: string; height: string }, current: boolean): ComponentChildren;
  /** The last rows come into view. */
  onNearEnd(): void;
  onOpen(index: number): void;
  onToggle?(index: number): void;
}

export function VirtualRows({ count, total, rowHeight, label, row, onNearEnd, onOpen, onToggle }: Props) {
  const view = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [current, setCurrent] = useState(-1);

  useLayoutEffect(() => {
    const element = view.current!;
    const measure = () => setScroll({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const [first, end] = windowOf(scroll.top, scroll.height, rowHeight, count);
  useEffect(() => {
    if ((scroll.top + 2 * scroll.height) / rowHeight >= count) onNearEnd();
  });
  useEffect(() => {
    if (current >= count) setCurrent(count - 1);
  }, [count]);

  const go = (to: number) => {
    const index = Math.max(0, Math.min(count - 1, to));
    setCurrent(index);
    const element = view.current!;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
  };
  const keys = (event: KeyboardEvent) => {
    if (event.target !== view.current) return;
    const page = Math.max(1, Math.floor(scroll.height / rowHeight) - 1);
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      j: () => go(current + 1),
      k: () => go(current - 1),
      PageDown: () => go(current + page),
      PageUp: () => go(current - page),
      Home: () => go(0),
      End: () => go(count - 1),
      Enter: () => current >= 0 && onOpen(current),
      ' ': () => current >= 0 && onToggle?.(current),
    };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };

  const rows: ComponentChildren[] = [];
  for (let index = first; index < end; index += 1) {
    rows.push(row(index, { top: `${index * rowHeight}px`, height: `${rowHeight}px` }, index === current));
  }
  return (
    <div
      class="view"
      ref={view}
      tabIndex={0}
      role="grid"
      aria-label={label}
      aria-rowcount={total}
      aria-activedescendant={current >= first && current < end ? `row-${current}` : undefined}
      onKeyDown={keys}
      data-rows
    >
      <div class="space" role="rowgroup" style={{ height: `${count * rowHeight}px` }}>{rows}</div>
    </div>
  );
}
