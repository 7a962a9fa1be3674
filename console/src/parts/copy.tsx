// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { Icon } from './icon';

export function CopyButton({ text, what = 'Copy' }: { text: string; what?: string }) {
  const [done, setDone] = useState(false);
  const copy = async (event: Event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyWithoutClipboard(text); // over plain HTTP there is no clipboard
    }
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" onClick={copy} title={what} aria-label={done ? 'Copied' : what}>
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  );
}

function copyWithoutClipboard(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  const host = document.querySelector('dialog[open]') ?? document.body;
  host.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
