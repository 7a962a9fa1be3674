// SPDX-License-Identifier: Apache-2.0
// Names for shapes of the generated description.
import type { components } from './schema';

type Schemas = components['schemas'];

export type BootstrapSession = Schemas['BootstrapSession'];
// The generator does not see what a schema without properties of its own requires.
type Given<T, K extends keyof T> = T & Required<Pick<T, K>>;
type Always = 'name' | 'for' | 'mode' | 'writes' | 'pack' | 'delete';
export type Configuration = Given<Schemas['NewConfiguration'], Always>;
export type ConfigurationSummary = Given<Schemas['ConfigurationMembers'], Always>;
export type NewConfiguration = Schemas['NewConfiguration'];
export type ModelReport = Schemas['ModelReport'];
export type Credential = Schemas['Credential'];
export type ImportReport = Schemas['ImportReport'];
export type NewCredential = Schemas['NewCredential'];
export type TrustAnchor = Schemas['TrustAnchor'];
