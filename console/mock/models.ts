// SPDX-License-Identifier: Apache-2.0
// The object definitions of models/, read just well enough to show them.
import { readdirSync, readFileSync } from 'node:fs';
import type { Model, ModelSummary } from '../src/api/shapes';

const folder = new URL('../../models/', import.meta.url);

function text(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml);
  return (found?.[1] ?? '').replace('<![CDATA[', '').replace(']]>', '').replace(/&lt;/g, '<').replace(/&amp;/g, '&').trim();
}

function parse(xml: string): Model {
  const head = xml.split('<Resources>')[0]!;
  const items = [...xml.matchAll(/<Item ID="(\d+)">([\s\S]*?)<\/Item>/g)];
  return {
    object: Number(text(head, 'ObjectID')),
    version: text(head, 'ObjectVersion') || '1.0',
    versions: [],
    name: text(head, 'Name'),
    urn: text(head, 'ObjectURN'),
    description: text(head, 'Description1'),
    multiple: text(head, 'MultipleInstances') === 'Multiple',
    mandatory: text(head, 'Mandatory') === 'Mandatory',
    source: 'built-in',
    resources: items.map(([, id, item]) => ({
      resource: Number(id),
      name: text(item!, 'Name'),
      operations: text(item!, 'Operations'),
      type: text(item!, 'Type').toLowerCase().replace('unsigned integer', 'unsigned'),
      multiple: text(item!, 'MultipleInstances') === 'Multiple',
      mandatory: text(item!, 'Mandatory') === 'Mandatory',
      range: text(item!, 'RangeEnumeration'),
      unit: text(item!, 'Units'),
      description: text(item!, 'Description'),
    })),
  };
}

export const models: Model[] = readdirSync(folder)
  .filter((name) => name.endsWith('.xml'))
  .map((name) => parse(readFileSync(new URL(name, folder), 'utf8')))
  .sort((a, b) => a.object - b.object || a.version.localeCompare(b.version));
for (const model of models) {
  model.versions = models.filter((other) => other.object === model.object).map((other) => other.version);
}

export function findModel(object: number, version?: string): Model | undefined {
  const all = models.filter((model) => model.object === object);
  return version ? all.find((model) => model.version === version) : all.at(-1);
}

export function summary({ resources, description: _, versions: __, ...rest }: Model): ModelSummary {
  return { ...rest, resources: resources.length };
}
