// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { Device } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { useLive, useThrottled } from '../../app/live';
import { devicePath, navigate } from '../../app/router';
import { mayOperate } from '../../app/session';
import { attempt } from '../../app/toasts';
import { CopyButton } from '../../parts/copy';
import { Empty, Loading } from '../../parts/empty';
import { Menu } from '../../parts/menu';
import { Age, Until } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';
import { DeviceStateMark } from '../../parts/states';
import { Tabs } from '../../parts/tabs';
import { count, duration } from '../../text/format';
import { CompositeTab } from './composite_tab';
import { DeviceCredentials } from './device_credentials';
import { MessagesTab } from './messages_tab';
import { OperationsTab } from './operations_tab';
import { ResourcesTab } from './resources_tab';
import { TagEditor } from './tag_editor';
import { TimelineTab } from './timeline_tab';
import { useDeviceValues } from './use_values';

const happenings = ['registered', 'updated', 'deregistered', 'expired', 'awake', 'sleeping', 'operation', 'handshake', 'bootstrap'];

export function DevicePage({ endpoint, tab = 'resources' }: { endpoint: string; tab?: string }) {
  const remote = useRemote((signal) => call('GET /api/v1/devices/{endpoint}', { at: { endpoint }, signal }), [endpoint]);
  const values = useDeviceValues(endpoint);
  const [changes, setChanges] = useState(0);
  const refresh = useThrottled(() => {
    remote.reload();
    setChanges((old) => old + 1);
  }, 800);
  useLive(happenings, refresh, { endpoint, lost: refresh });

  const device = remote.data;
  if (!device) {
    return (
      <div class="page">
        <div class="page-head"><h1>{endpoint}</h1></div>
        {remote.problem?.status === 404 ? (
          <div class="panel">
            <Empty title="This device has never registered here" command={`linnet client --endpoint ${endpoint} coap://127.0.0.1`}>
              It appears as soon as it does. <a href="/devices">All devices</a>
            </Empty>
          </div>
        ) : remote.problem ? <ProblemNote problem={remote.problem} retry={remote.reload} /> : <Loading what="the device" />}
      </div>
    );
  }
  const tabs = [
    { name: 'resources', label: 'Resources' },
    ...(mayOperate.value ? [{ name: 'composite', label: 'Composite' }] : []),
    { name: 'operations', label: 'Operations', figure: device.pending ? count(device.pending) : undefined },
    { name: 'messages', label: 'Messages' },
    { name: 'timeline', label: 'Timeline' },
    { name: 'credentials', label: 'Credentials' },
  ].map((one) => ({ ...one, to: devicePath(endpoint, one.name === 'resources' ? '' : one.name) }));
  return (
    <div class="page">
      <Head device={device} onChange={remote.reload} />
      <ProblemNote problem={remote.problem} retry={remote.reload} />
      <Tabs tabs={tabs} current={tab} label="About this device" />
      {tab === 'resources' && <ResourcesTab device={device} values={values} />}
      {tab === 'composite' && mayOperate.value && <CompositeTab device={device} values={values} />}
      {tab === 'operations' && <OperationsTab device={device} changes={changes} />}
      {tab === 'messages' && <MessagesTab endpoint={endpoint} />}
      {tab === 'timeline' && <TimelineTab endpoint={endpoint} changes={changes} />}
      {tab === 'credentials' && <DeviceCredentials endpoint={endpoint} />}
    </div>
  );
}

const securityWords = { nosec: 'no security', psk: 'PSK', rpk: 'raw public key', x509: 'X.509', ended: 'session ended' };

function Head({ device, onChange }: { device: Device; onChange(): void }) {
  const { endpoint, security } = device;
  const end = async () => {
    const yes = await confirm({
      title: 'End the registration?',
      text: `${endpoint} learns it from the answer to its next update, and registers again.`,
      action: 'End the registration',
    });
    if (yes && (await attempt(() => call('DELETE /api/v1/devices/{endpoint}', { at: { endpoint } }), 'The registration is ended'))) onChange();
  };
  const forget = async () => {
    const yes = await confirm({
      title: 'Forget this device?',
      text: 'Its registration, values, history, operations, tags and timeline are dropped for good. Its credentials stay.',
      action: 'Forget it',
      type: endpoint.length <= 60 ? endpoint : 'forget',
    });
    if (!yes) return;
    const done = await attempt(() => call('DELETE /api/v1/devices/{endpoint}', { at: { endpoint }, query: { forget: true } }), `${endpoint} is forgotten`);
    if (done) navigate('/devices');
  };
  return (
    <div class="device-head">
      <div class="page-head">
        <h1>{endpoint} <span class="copyable"><CopyButton text={endpoint} what="Copy the endpoint" /></span></h1>
        {mayOperate.value && (
          <div class="actions">
            <Menu label="More for this device" items={[
              ...(device.state === 'absent' ? [] : [{ label: 'End the registration', act: () => void end() }]),
              { label: 'Forget this device', danger: true, act: () => void forget() },
            ]} />
          </div>
        )}
      </div>
      <div class="device-facts">
        <DeviceStateMark state={device.state} />
        <span>seen <Age time={device.lastSeen ?? device.updated} ago /></span>
        {device.address && <span>{device.address}</span>}
        {security && (
          <span title={security.suite}>
            {securityWords[security.mode]}{security.identity && <> as <span class="mono small">{security.identity}</span></>}{security.connectionId && ', connection id'}
          </span>
        )}
        {device.version && <span>LwM2M {device.version}{device.queueMode && ', queue mode'}</span>}
        {device.lifetime !== undefined && device.lifetime > 0 && (
          <span title={`Lifetime ${duration(device.lifetime)}`}>expires <Until time={device.expires} /></span>
        )}
        <TagEditor device={device} onChange={onChange} />
      </div>
    </div>
  );
}
