// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../api/problem';
import { Icon } from './icon';

/** What went wrong, in the server's words, and what can be tried. */
export function ProblemNote({ problem, retry }: { problem: Problem | undefined; retry?: () => void }) {
  if (!problem) return null;
  return (
    <div class="problem" role="alert">
      <Icon name="alert" />
      <div class="grow">
        <div class="title">{problem.title}</div>
        {problem.path && <code>{problem.path} </code>}
        <span>{problem.detail}</span>
        {problem.rule && <span class="faint"> ({problem.rule})</span>}
      </div>
      {retry && (
        <button class="button little" type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
