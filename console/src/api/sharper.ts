// SPDX-License-Identifier: Apache-2.0
// Calls whose description is looser than what a page may rely on. All others are typed by the
// description alone (call.ts).
import type { operations } from './schema';
import type {
  Configuration, ConfigurationSummary, Device, DevicePage, History, LastValue, Message, Model, ModelSummary, ObserveRule, Operation,
  OperationRequest, ServerEvent, Webhook, WebhookSettings,
} from './shapes';

type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export interface Sharper {
  'GET /api/v1/devices': { query: Query<'listDevices'>; answer: DevicePage };
  'GET /api/v1/devices/{endpoint}': { answer: Device };
  'GET /api/v1/devices/{endpoint}/values': { query: Query<'listValues'>; answer: { values: LastValue[] } };
  'GET /api/v1/devices/{endpoint}/history': { query: Query<'showHistory'>; answer: History };
  'GET /api/v1/devices/{endpoint}/messages': { query: Query<'listMessages'>; answer: { messages: Message[]; next: number } };
  'GET /api/v1/devices/{endpoint}/operations': {
    query: Query<'listDeviceOperations'>;
    answer: { operations: Operation[]; next?: string };
  };
  'POST /api/v1/devices/{endpoint}/operations': { body: OperationRequest; answer: Operation };
  'GET /api/v1/operations': { query: Query<'listOperations'>; answer: { operations: Operation[]; next?: string } };
  'POST /api/v1/operations': {
    body: OperationRequest & { devices: { endpoints?: string[]; q?: string; tag?: string[]; object?: number } };
    answer: { batch: string; operations: number; skipped: { endpoint: string; reason: string }[]; skippedCount?: number };
  };
  'GET /api/v1/models': { answer: { models: ModelSummary[] } };
  'GET /api/v1/models/{object}': { query: Query<'showModel'>; answer: Model };
  'GET /api/v1/bootstrap/configurations': { answer: { configurations: ConfigurationSummary[] } };
  'GET /api/v1/bootstrap/configurations/{name}': { answer: Configuration };
  'GET /api/v1/observe-rules': { answer: { rules: ObserveRule[] } };
  'GET /api/v1/observe-rules/{name}': { answer: ObserveRule };
  'PUT /api/v1/webhooks/{name}': { body: WebhookSettings; answer: Webhook & { secret?: string } };
  'GET /api/v1/events/recent': { query: Query<'recentEvents'>; answer: { events: ServerEvent[] } };
}
