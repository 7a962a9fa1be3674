// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { CopyButton } from './copy';

/** A line for the shell, with a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <span class="command">
      <span>{text}</span>
      <CopyButton text={text} what="Copy the command" />
    </span>
  );
}

/** In place of a table that has nothing: what would be here, and what to try. */
export function Empty(props: { title: string; command?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h3>{props.title}</h3>
      {props.children && <p>{props.children}</p>}
      {props.command && <Command text={props.command} />}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <div class="loading" role="status">Loading {what} …</div>;
}
