// SPDX-License-Identifier: Apache-2.0
// Every page: where it is, and where it stands in the navigation.
import type { ComponentType } from 'preact';
import type { Role } from '../api/shapes';
import type { IconName } from '../parts/icon';
import { AuditPage } from '../pages/admin/audit_page';
import { TokensPage } from '../pages/admin/tokens_page';
import { UsersPage } from '../pages/admin/users_page';
import { BootstrapPage } from '../pages/bootstrap/bootstrap_page';
import { ConfigurationPage } from '../pages/bootstrap/configuration_page';
import { CredentialsPage } from '../pages/credentials/credentials_page';
import { DevicePage } from '../pages/device/device_page';
import { DevicesPage } from '../pages/devices/devices_page';
import { EventsPage } from '../pages/events_page';
import { FleetPage } from '../pages/fleet_page';
import { ModelPage } from '../pages/models/model_page';
import { ModelsPage } from '../pages/models/models_page';
import { OperationsPage } from '../pages/operations_page';
import { RulePage } from '../pages/rules/rule_page';
import { RulesPage } from '../pages/rules/rules_page';
import { WebhookPage } from '../pages/webhooks/webhook_page';
import { WebhooksPage } from '../pages/webhooks/webhooks_page';

export interface Page {
  pattern: string;
  view: ComponentType<any>;
  /** A page with a title is in the navigation. */
  title?: string;
  group?: string;
  icon?: IconName;
  /** The key that goes there, after "g". */
  key?: string;
  role?: Role;
  /** Where the navigation goes, if not to the pattern. */
  to?: string;
}

export const pages: Page[] = [
  { pattern: '/', view: FleetPage, title: 'Overview', group: 'Fleet', icon: 'home', key: 'o' },
  { pattern: '/devices', view: DevicesPage, title: 'Devices', group: 'Fleet', icon: 'device', key: 'd' },
  { pattern: '/devices/:endpoint/:tab?', view: DevicePage },
  { pattern: '/operations', view: OperationsPage, title: 'Operations', group: 'Fleet', icon: 'bolt', key: 'p' },
  { pattern: '/events', view: EventsPage, title: 'Events', group: 'Fleet', icon: 'list', key: 'e' },
  { pattern: '/bootstrap', view: BootstrapPage, title: 'Bootstrap', group: 'Set-up', icon: 'play', key: 'b' },
  { pattern: '/bootstrap/:name', view: ConfigurationPage },
  { pattern: '/credentials/:tab?', to: '/credentials', view: CredentialsPage, title: 'Credentials', group: 'Set-up', icon: 'key', key: 'c' },
  { pattern: '/rules', view: RulesPage, title: 'Observe rules', group: 'Set-up', icon: 'eye', key: 'r' },
  { pattern: '/rules/:name', view: RulePage },
  { pattern: '/models', view: ModelsPage, title: 'Object definitions', group: 'Set-up', icon: 'rule', key: 'm' },
  { pattern: '/models/:object/:version?', view: ModelPage },
  { pattern: '/webhooks', view: WebhooksPage, title: 'Webhooks and MQTT', group: 'Set-up', icon: 'webhook', key: 'w' },
  { pattern: '/webhooks/:name', view: WebhookPage },
  { pattern: '/tokens', view: TokensPage, title: 'API tokens', group: 'Access', icon: 'shield', key: 't', role: 'admin' },
  { pattern: '/users', view: UsersPage, title: 'Users', group: 'Access', icon: 'people', key: 'u', role: 'admin' },
  { pattern: '/audit', view: AuditPage, title: 'Audit', group: 'Access', icon: 'check', key: 'a', role: 'admin' },
];

export function pathOf(page: Page): string {
  return page.to ?? page.pattern;
}
