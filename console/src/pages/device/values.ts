// SPDX-License-Identifier: Apache-2.0
// The last values of a device, by path.
import type { LastValue, ModelResource, PathValue } from '../../api/shapes';
import { unit } from '../../text/format';

export type Values = ReadonlyMap<string, LastValue>;

/**
 * The unit of a resource, as people write it: that of its definition, or for the objects of
 * sensors the one that the device says in resource 5701 beside it.
 */
export function unitOf(path: string, value: LastValue | undefined, resource: ModelResource | undefined, values: Values): string {
  const own = value?.unit ?? resource?.unit;
  const id = Number(path.split('/')[3]);
  const isReading = id === 5700 || (id >= 5601 && id <= 5604);
  const beside = !own && isReading ? values.get(path.replace(/\/\d+$/, '/5701'))?.value : undefined;
  return unit(own || (typeof beside === 'string' ? beside : undefined));
}

/** The values after newer ones; one that was sent before what is known is left out. */
export function merge(old: Values, news: readonly PathValue[], source: LastValue['source'], time: number): Values {
  const merged = new Map(old);
  for (const { path, value, type, name, unit: unitName, time: sent } of news) {
    const before = merged.get(path);
    if (sent !== undefined && before?.sent !== undefined && sent < before.sent) continue; // an older one, late
    merged.set(path, {
      path, value, source, received: time,
      sent: sent ?? time,
      type: type ?? before?.type ?? 'string',
      name: name ?? before?.name,
      unit: unitName ?? before?.unit,
    });
  }
  return merged;
}
