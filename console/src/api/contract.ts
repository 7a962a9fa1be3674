// SPDX-License-Identifier: Apache-2.0
// What the API answers, in the words the pages use. Calls that src/service/openapi.yaml describes
// are typed from there (call.ts); `Contract` has those whose description is too loose for a page.
import type {
  Configuration, ConfigurationSummary, Device, DevicePage, DeviceQuery, History, LastValue, Message, Model, ModelSummary, ObserveRule,
  PathValue, Scalar, ServerEvent, Webhook, WebhookSettings,
} from './shapes';

export type OperationState = 'queued' | 'sent' | 'done' | 'failed' | 'expired' | 'cancelled';
export type Mode = 'wait' | 'queue' | 'now';

export interface OperationRequest {
  op: string;
  path?: string;
  paths?: string[];
  value?: Scalar;
  values?: Record<string, Scalar> | PathValue[];
  type?: string;
  format?: string;
  mode?: Mode;
  deadline?: number;
  attributes?: Record<string, number | null>;
  arguments?: string;
  depth?: number;
  observation?: number;
  keep?: boolean;
}

export interface Operation {
  id: string;
  endpoint: string;
  op: string;
  target?: string;
  mode: Mode;
  state: OperationState;
  time: number;
  deadline?: number;
  finished?: number;
  by?: string;
  batch?: string;
  success?: boolean;
  code?: string;
  codeName?: string;
  reason?: string;
  format?: string | number;
  values?: PathValue[];
  links?: { path: string; attributes?: string; name?: string }[];
  created?: string;
  observation?: number;
  elapsedMs?: number;
  timeline?: { time: number; state: string; detail?: string }[];
}

interface Batch {
  batch: string;
  op?: string;
  target?: string;
  by?: string;
  time?: number;
  counts: Record<OperationState, number>;
}

interface Paged {
  limit?: number;
  cursor?: string;
}

/** Calls by "METHOD path"; where the generated description names a call too, this one counts. */
export interface Contract {

  'GET /api/v1/devices': { query: DeviceQuery; answer: DevicePage };
  'GET /api/v1/devices/{endpoint}': { answer: Device };
  'GET /api/v1/devices/{endpoint}/values': { query: { path?: string }; answer: { values: LastValue[] } };
  'GET /api/v1/devices/{endpoint}/history': {
    query: { path: string; from?: number; to?: number; points?: number };
    answer: History;
  };
  'GET /api/v1/devices/{endpoint}/messages': {
    query: { after?: number; limit?: number };
    answer: { messages: Message[]; next: number };
  };
  'GET /api/v1/models': { answer: { models: ModelSummary[] } };
  'GET /api/v1/models/{object}': { query: { version?: string }; answer: Model };
  'GET /api/v1/bootstrap/configurations': { answer: { configurations: ConfigurationSummary[] } };
  'GET /api/v1/bootstrap/configurations/{name}': { answer: Configuration };

  'GET /api/v1/devices/{endpoint}/operations': {
    query: Paged & { state?: OperationState };
    answer: { operations: Operation[]; next?: string };
  };
  'POST /api/v1/devices/{endpoint}/operations': { body: OperationRequest; answer: Operation };

  'GET /api/v1/operations': {
    query: Paged & { endpoint?: string; state?: OperationState; batch?: string };
    answer: { operations: Operation[]; next?: string };
  };
  'POST /api/v1/operations': {
    body: OperationRequest & { devices: { endpoints?: string[]; q?: string; tag?: string; object?: number } };
    answer: { batch: string; operations: number; skipped: { endpoint: string; reason: string }[] };
  };
  'GET /api/v1/operations/{id}': { answer: Operation };
  'DELETE /api/v1/operations/{id}': { answer: Operation };
  'GET /api/v1/operations/batches/{batch}': { answer: Batch };
  'DELETE /api/v1/operations/batches/{batch}': { answer: Batch };


  'GET /api/v1/observe-rules': { answer: { rules: ObserveRule[] } };
  'GET /api/v1/observe-rules/{name}': { answer: ObserveRule };
  'PUT /api/v1/webhooks/{name}': { body: WebhookSettings; answer: Webhook & { secret?: string } };
  'GET /api/v1/events/recent': {
    query: { type?: string; endpoint?: string; path?: string; limit?: number };
    answer: { events: ServerEvent[] };
  };

}
