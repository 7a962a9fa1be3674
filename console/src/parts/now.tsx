// SPDX-License-Identifier: Apache-2.0
// Times that grow older on view.
import { signal } from '@preact/signals';
import { age, dateTime, duration } from '../text/format';

/** Seconds since 1970, once a second. */
export const now = signal(Date.now() / 1000);
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now() / 1000;
}, 1000);

export function Age({ time, ago = false }: { time: number | undefined; ago?: boolean }) {
  if (time === undefined) return <span class="faint">–</span>;
  const text = age(Math.max(0, now.value - time));
  return <time title={dateTime(time)} dateTime={new Date(time * 1000).toISOString()}>{ago && text !== 'now' ? `${text} ago` : text}</time>;
}

/** Until then: "in 5 min", or "over". */
export function Until({ time }: { time: number | undefined }) {
  if (time === undefined) return <span class="faint">–</span>;
  const left = time - now.value;
  return <time title={dateTime(time)}>{left > 0 ? `in ${duration(Math.round(left))}` : 'over'}</time>;
}
