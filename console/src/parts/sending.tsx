// SPDX-License-Identifier: Apache-2.0
// How an operation is sent to a device, and how long it may wait for it.
import { useState } from 'preact/hooks';
import type { Mode } from '../api/shapes';
import { duration } from '../text/format';
import { secondsOf } from '../text/span';
import { Segments } from './field';

export interface Sending {
  mode: Mode;
  /** Seconds; undefined: what the server has for the mode. */
  deadline?: number;
}

const labels: Record<Mode, string> = { wait: 'Wait', queue: 'Queue', now: 'Only now' };
const notes: Record<Mode, string> = {
  wait: 'Waits here for the answer, two minutes at most.',
  queue: 'Sent when the device is awake or comes back.',
  now: 'Refused if the device cannot be reached at once.',
};
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
/** What the server takes if nothing is said. */
const usual: Record<Mode, number> = { wait: 2 * minute, queue: 7 * day, now: 2 * minute };
const offered: Record<Mode, number[]> = {
  wait: [10, 30, 2 * minute, 10 * minute, hour, day],
  queue: [hour, day, 7 * day, 30 * day],
  now: [10, 30, 2 * minute],
};
const longest = 30 * day;

interface Props {
  sending: Sending;
  modes?: readonly Mode[];
  onChange(sending: Sending): void;
}

export function SendingChoice({ sending, modes = ['wait', 'queue', 'now'], onChange }: Props) {
  const { mode } = sending;
  return (
    <div class="sending">
      <Segments label="How it is sent" value={mode} options={modes.map((value) => ({ value, label: labels[value] }))} onChange={(next) => onChange({ mode: next })} />
      <Deadline key={mode} mode={mode} seconds={sending.deadline ?? usual[mode]} onChange={(seconds) => onChange({ mode, deadline: seconds === usual[mode] ? undefined : seconds })} />
      <span class="faint small">{notes[mode]}</span>
    </div>
  );
}

function Deadline({ mode, seconds, onChange }: { mode: Mode; seconds: number; onChange(seconds: number): void }) {
  const [typed, setTyped] = useState<string | undefined>();
  if (typed !== undefined) {
    const fits = (read: number | undefined): read is number => read !== undefined && read <= longest;
    const read = secondsOf(typed);
    const isWrong = !fits(read);
    const type = (text: string) => {
      const next = secondsOf(text);
      setTyped(text);
      if (fits(next)) onChange(next);
    };
    return (
      <label class="row small">
        given up after
        <input
          class="input span"
          autofocus
          autocomplete="off"
          placeholder="36 h"
          aria-label="Given up after, such as 36 h"
          aria-invalid={typed !== '' && isWrong ? true : undefined}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
          onBlur={() => setTyped(undefined)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== 'Escape') return;
            event.preventDefault(); // neither sends the form around it nor closes its dialog
            event.stopPropagation();
            if (event.key === 'Escape' || !isWrong) setTyped(undefined);
          }}
        />
        {typed !== '' && isWrong && <span class="bad" role="alert">{read === undefined ? 's, min, h or d' : '30 d at most'}</span>}
      </label>
    );
  }
  const choices = [...new Set([...offered[mode], seconds])].sort((a, b) => a - b);
  return (
    <label class="row small">
      given up after
      <select
        class="select span"
        aria-label="Given up after"
        value={String(seconds)}
        onChange={(event) => {
          if (event.currentTarget.value === 'other') setTyped('');
          else onChange(Number(event.currentTarget.value));
        }}
      >
        {choices.map((one) => <option key={one} value={one}>{duration(one)}</option>)}
        <option value="other">other …</option>
      </select>
    </label>
  );
}
