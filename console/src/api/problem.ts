// SPDX-License-Identifier: Apache-2.0
// What went wrong, as the server says it (RFC 9457).

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  path?: string;
  reason?: string;
  rule?: string;
}

export class ProblemError extends Error {
  constructor(
    readonly problem: Problem,
    /** The answer as it came, for those that are reports rather than problems. */
    readonly answer?: unknown,
  ) {
    super(problem.detail);
  }
}

export async function problemOf(response: Response): Promise<ProblemError> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    answer = undefined; // a proxy's page, or nothing
  }
  const said = (answer ?? {}) as Partial<Problem>;
  return new ProblemError(
    {
      ...said,
      type: said.type ?? 'about:blank',
      title: said.title ?? (response.statusText || `Status ${response.status}`),
      status: response.status,
      detail: said.detail ?? `The server answered with status ${response.status} and no reason.`,
    },
    answer,
  );
}

export function unreachable(): ProblemError {
  return new ProblemError({
    type: 'urn:linnet:problem:unreachable',
    title: 'No connection',
    status: 0,
    detail: 'The server does not answer. It may have stopped, or the network is away; try again.',
  });
}

/** Of anything that was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    type: 'urn:linnet:problem:console',
    title: 'The console has a bug',
    status: 0,
    detail: error instanceof Error ? error.message : String(error),
  };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
