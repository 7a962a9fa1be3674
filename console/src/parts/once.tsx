// SPDX-License-Identifier: Apache-2.0
import { CopyButton } from './copy';

/** A secret that is shown this once. */
export function Once({ title, text }: { title: string; text: string }) {
  return (
    <div class="once" role="status">
      <span class="strong">{title}</span>
      <span class="copyable"><code>{text}</code><CopyButton text={text} /></span>
      <span class="muted small">Keep it now: it is not shown again.</span>
    </div>
  );
}
