// SPDX-License-Identifier: Apache-2.0
// Names for the shapes of the generated description, and the few that it says too loosely.
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type Given<T, K extends keyof T> = T & Required<Pick<T, K>>;

export type Scalar = string | number | boolean | null;
export type ValueType = NonNullable<Schemas['Value']['type']>;
export type PathValue = Omit<Schemas['Value'], 'value'> & { value: Scalar; error?: string };
export type LastValue = Omit<Schemas['LastValue'], 'value'> & { value: Scalar };
export type Sample = Omit<Schemas['History']['samples'][number], 'value'> & { value?: Scalar };
export type History = Omit<Schemas['History'], 'samples'> & { samples: Sample[] };

export type DeviceState = Schemas['DeviceSummary']['state'] | 'absent';
/** A row of the devices table. An absent device has no registration members. */
export type DeviceRow = Partial<Omit<Schemas['DeviceSummary'], keyof Schemas['AbsentDevice']>> &
  Omit<Schemas['AbsentDevice'], 'state'> & { state: DeviceState };
export type DeviceObject = Schemas['Device']['objects'][number];
export type Observation = Required<Omit<Schemas['Device']['observations'][number], 'last'>> & { last?: number };
export type Device = DeviceRow &
  Partial<Omit<Schemas['Device'], keyof Schemas['DeviceSummary'] | 'observations'>> & { observations?: Observation[] };
export type DevicePage = Omit<Schemas['DevicePage'], 'devices'> & { devices: DeviceRow[] };
export type DeviceQuery = NonNullable<paths['/api/v1/devices']['get']['parameters']['query']>;

export type Capture = Schemas['Capture'];
export type Message = Omit<Schemas['Message'], 'values'> & { values?: PathValue[] };
export type Overview = Schemas['Overview'];
export type TimelineEntry = Schemas['TimelineEntry'];

export type Model = Required<Omit<Schemas['Model'], 'resources' | 'description' | 'source'>> &
  Pick<Schemas['Model'], 'description' | 'source'> & { resources: ModelResource[] };
type Resource = NonNullable<Schemas['Model']['resources']>[number];
export type ModelResource = Required<Omit<Resource, 'range' | 'unit' | 'description'>> & Pick<Resource, 'range' | 'unit' | 'description'>;
export type ModelSummary = Required<Omit<Schemas['ModelSummary'], 'source'>> & Pick<Schemas['ModelSummary'], 'source'>;
export type ModelReport = Schemas['ModelReport'];

type Always = 'name' | 'for' | 'mode' | 'writes' | 'pack' | 'delete';
export type Configuration = Given<Schemas['NewConfiguration'], Always>;
export type ConfigurationSummary = Given<Schemas['ConfigurationMembers'], Always>;
export type NewConfiguration = Schemas['NewConfiguration'];
export type BootstrapSession = Schemas['BootstrapSession'];

export type Credential = Schemas['Credential'];
export type ImportReport = Schemas['ImportReport'];
export type NewCredential = Schemas['NewCredential'];
export type TrustAnchor = Schemas['TrustAnchor'];

export type Role = Schemas['Role'];
export type Session = Schemas['Session'];
export type Token = Schemas['Token'] & { token?: string };
export type User = Schemas['User'];

export type ObserveRule = Given<Schemas['ObserveRule'], 'name' | 'enabled' | 'devices'>;
export type Webhook = Omit<Schemas['Webhook'], 'headers'> & { headers: Record<string, string | null> };
export type WebhookSettings = Schemas['WebhookSettings'];
export type ServerEvent = Schemas['Event'] & { endpoint?: string; [member: string]: unknown };

export type OperationState = Schemas['OperationState'];
export type Mode = NonNullable<Schemas['OperationMode']>;
export type Operation = Omit<Schemas['Operation'], 'values' | 'request'> & { values?: PathValue[]; request: OperationRequest };
export type OperationRequest = Pick<Schemas['OperationRequest'], 'op'> & Partial<Omit<Schemas['OperationRequest'], 'op' | 'value' | 'values'>> & {
  value?: Scalar;
  values?: Record<string, Scalar>;
};
