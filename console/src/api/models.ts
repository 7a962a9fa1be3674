// SPDX-License-Identifier: Apache-2.0
// Object definitions, each fetched once.
import { call } from './call';
import type { Model } from './shapes';
import { asProblem } from './problem';

const known = new Map<string, Promise<Model | undefined>>();

/** undefined if nobody defined the object. */
export function loadModel(object: number, version?: string): Promise<Model | undefined> {
  const key = `${object}/${version ?? ''}`;
  let model = known.get(key);
  if (!model) {
    model = fetchModel(object, version);
    model.catch(() => known.delete(key));
    known.set(key, model);
  }
  return model;
}

async function fetchModel(object: number, version?: string): Promise<Model | undefined> {
  try {
    return await call('GET /api/v1/models/{object}', { at: { object }, query: { version } });
  } catch (error) {
    if (asProblem(error).status !== 404) throw error;
    return version ? fetchModel(object) : undefined; // another version is better than none
  }
}

let names: Promise<Map<number, string>> | undefined;

/** The name of each object that is defined. */
export function loadObjectNames(): Promise<Map<number, string>> {
  names ??= call('GET /api/v1/models').then(({ models }) => new Map(models.map(({ object, name }) => [object, name])));
  names.catch(() => (names = undefined));
  return names;
}

/** After definitions were changed here. */
export function forgetModels(): void {
  known.clear();
  names = undefined;
}
