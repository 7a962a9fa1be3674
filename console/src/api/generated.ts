// SPDX-License-Identifier: Apache-2.0
// Names for shapes of the generated description.
import type { components } from './schema';

type Schemas = components['schemas'];

export type BootstrapSession = Schemas['BootstrapSession'];
export type Configuration = Schemas['Configuration'];
export type ConfigurationSummary = Schemas['ConfigurationSummary'];
export type Credential = Schemas['Credential'];
export type ImportReport = Schemas['ImportReport'];
export type NewCredential = Schemas['NewCredential'];
export type TrustAnchor = Schemas['TrustAnchor'];
