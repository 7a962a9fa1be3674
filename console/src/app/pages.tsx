// SPDX-License-Identifier: Apache-2.0
// Every page: where it is, and where it stands in the navigation.
import type { ComponentType } from 'preact';
import type { Role } from '../api/contract';
import type { IconName } from '../parts/icon';
import { DevicePage } from '../pages/device/device_page';
import { DevicesPage } from '../pages/devices/devices_page';
import { FleetPage } from '../pages/fleet_page';

export interface Page {
  pattern: string;
  view: ComponentType<Record<string, string>>;
  /** A page with a title is in the navigation. */
  title?: string;
  group?: string;
  icon?: IconName;
  /** The keys that go there, after "g". */
  key?: string;
  role?: Role;
}

export const pages: Page[] = [
  { pattern: '/', view: FleetPage, title: 'Overview', group: 'Fleet', icon: 'home', key: 'o' },
  { pattern: '/devices', view: DevicesPage, title: 'Devices', group: 'Fleet', icon: 'device', key: 'd' },
  { pattern: '/devices/:endpoint/:tab?', view: DevicePage as unknown as Page['view'] },
];
