// SPDX-License-Identifier: Apache-2.0
// Every request of the console goes through `call`, typed by the API's description.
import type { Sharper } from './sharper';
import type { paths } from './schema';
import { problemOf, unreachable } from './problem';

type Method = 'get' | 'put' | 'post' | 'delete';

type GeneratedName = {
  [P in keyof paths & string]: {
    [M in Method]: paths[P][M] extends { responses: unknown } ? `${Uppercase<M>} ${P}` : never;
  }[Method];
}[keyof paths & string];

type Json<R> = R extends { content: { 'application/json': infer A } } ? A : void;
type Success<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : void;

type Generated<Name> = Name extends `${infer M} ${infer P extends keyof paths & string}`
  ? paths[P][Lowercase<M> & keyof paths[P]] extends infer O
    ? {
        query: O extends { parameters: { query?: infer Q } } ? Q : never;
        body: O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
        answer: O extends { responses: infer R } ? Success<R> : void;
      }
    : never
  : never;

export type CallName = GeneratedName;
type Call<Name extends CallName> = Name extends keyof Sharper ? Sharper[Name] : Generated<Name>;
/** What nobody describes any more cannot be called. */
type Unknown = Exclude<keyof Sharper, CallName>;
type Never<T extends never> = T;
export type AllAreDescribed = Never<Unknown>;
export type Answer<Name extends CallName> = Call<Name> extends { answer: infer A } ? A : void;

export interface CallOptions<Name extends CallName> {
  /** What stands for the names in braces; encoded here. */
  at?: Record<string, string | number>;
  query?: Call<Name> extends { query: infer Q } ? Q : never;
  body?: Call<Name> extends { body: infer B } ? B : never;
  /** A body that is no JSON, with its media type. */
  raw?: { type: string; body: BodyInit };
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let refused = () => {};

/** What to do when the server knows the caller no more. */
export function whenRefused(act: () => void): void {
  refused = act;
}

/** Asks the server. Throws a ProblemError, whose `problem` is what the server says about it. */
export async function call<Name extends CallName>(name: Name, options: CallOptions<Name> = {}): Promise<Answer<Name>> {
  const [method, template] = (name as string).split(' ') as [string, string];
  const url = urlOf(template, options.at, options.query as Query | undefined);
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  let body: BodyInit | undefined;
  if (options.raw) {
    headers['Content-Type'] = options.raw.type;
    body = options.raw.body;
  } else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  if (method !== 'GET') headers['X-Linnet-Console'] = '1'; // what another site's form cannot send

  let response: Response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, credentials: 'same-origin' });
  } catch (error) {
    throw options.signal?.aborted ? error : unreachable();
  }
  if (response.status === 401) refused();
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as Answer<Name>;
  return (await response.json()) as Answer<Name>;
}

type Query = Record<string, string | number | boolean | (string | number)[] | undefined>;

/** The URL of a path with names in braces. What is undefined or empty is left out of the query. */
export function urlOf(template: string, at: Record<string, string | number> = {}, query: Query = {}): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = at[name];
    if (value === undefined) throw new Error(`${template} needs ${name}`);
    return encodeURIComponent(value);
  });
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') words.append(name, String(one));
    }
  }
  const text = words.toString();
  return text ? `${path}?${text}` : path;
}
