// SPDX-License-Identifier: Apache-2.0
// Bootstrap configurations and credentials, and devices that use them.
import { devicePath, expect, test, toast } from './fixtures';

test('writes a bootstrap configuration, and a device uses it', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-meter';
  await page.goto('/bootstrap/new');
  await page.getByLabel('Name').fill('meters');
  await page.getByLabel('For these endpoints').fill('urn:dev:os:32473-spec-m*');
  const objects = page.getByRole('textbox', { name: 'Objects' });
  await objects.fill('{\n  "/0/1": {"0": 5}\n');
  await expect(page.getByText(/Something is missing at the end/)).toBeVisible();
  const account = { '/0/1': { 0: server.coap, 1: false, 2: 3, 3: '', 4: '', 5: '', 10: 101 }, '/1/1': { 0: 101, 1: 'long', 6: true, 7: 'U' } };
  await objects.fill(JSON.stringify(account, null, 2));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert'), 'a lifetime is a number').toContainText('/1/1/1');
  account['/1/1'][1] = 120 as never;
  await objects.fill(JSON.stringify(account, null, 2));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, 'The configuration is saved')).toBeVisible();
  await expect(page.locator('.requests li')).not.toHaveCount(0);
  await expect(page.locator('.requests')).toContainText('/0/1');

  const device = server.start('client', '--no-prompt', '--endpoint', endpoint, '--bootstrap', server.bootstrap);
  await device.said(/^registered at/);
  await page.goto('/bootstrap');
  const session = page.getByRole('row', { name: new RegExp(endpoint) });
  await expect(session).toContainText('finished');
  await page.goto(devicePath(endpoint));
  await expect(page.locator('.device-facts')).toContainText('registered');
});

test('adds a credential with which a device comes in, and revokes it', async ({ page, server }) => {
  const endpoint = 'urn:dev:os:32473-spec-lock';
  await page.goto('/credentials');
  await page.getByRole('button', { name: 'Add' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Endpoint').fill(endpoint);
  await dialog.getByRole('button', { name: 'Make one' }).click();
  const key = await dialog.getByLabel('Key', { exact: true }).inputValue();
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(toast(page, 'The credential is added')).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(endpoint) })).toContainText('PSK');

  const device = server.start('client', '--no-prompt', '--endpoint', endpoint, '--psk-identity', endpoint, '--psk-key', key, server.coaps);
  await device.said(/^registered at/);
  await page.goto(devicePath(endpoint, '/credentials'));
  await expect(page.locator('.device-facts')).toContainText('PSK');
  const from = device.lines.length;
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await expect(toast(page, 'The credential is revoked')).toBeVisible();
  await device.said(/ended the secure session/, from);
  await expect(page.getByText('barred')).toBeVisible();
});

test('says what is wrong with a file of credentials before it takes any', async ({ page }) => {
  await page.goto('/credentials');
  await page.getByRole('button', { name: 'Import a file' }).click();
  const good = 'endpoint,mode,identity,key\nurn:dev:os:32473-spec-i1,psk,i1,00112233445566778899aabbccddee01\n';
  const input = page.getByLabel('File');
  await input.setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from(`${good}urn:dev:os:32473-spec-i2,psk,i2,zz\n`) });
  await expect(page.locator('.findings')).toContainText('line 3');
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Import/ })).toBeDisabled();
  await input.setInputFiles({ name: 'good.csv', mimeType: 'text/csv', buffer: Buffer.from(good) });
  await page.getByRole('dialog').getByRole('button', { name: 'Import 1' }).click();
  await expect(toast(page, '1 credential imported')).toBeVisible();
  await expect(page.getByRole('row', { name: /spec-i1/ })).toBeVisible();
});

test('takes an object definition, and says at which line one is wrong', async ({ page }) => {
  const ddf = (name: string) => `<?xml version="1.0" encoding="UTF-8"?>
<LWM2M>
  <Object ObjectType="MODefinition">
    <Name>${name}</Name>
    <Description1>A test.</Description1>
    <ObjectID>33999</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:33999</ObjectURN>
    <LWM2MVersion>1.0</LWM2MVersion>
    <ObjectVersion>1.0</ObjectVersion>
    <MultipleInstances>Single</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="0"><Name>Level</Name><Operations>R</Operations><MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration></RangeEnumeration><Units></Units><Description>How much.</Description></Item>
    </Resources>
    <Description2></Description2>
  </Object>
</LWM2M>`;
  await page.goto('/models');
  await page.getByRole('button', { name: 'Upload a definition' }).click();
  const input = page.getByLabel('File');
  await input.setInputFiles({ name: 'bad.xml', mimeType: 'application/xml', buffer: Buffer.from(ddf('Tank').replace('<Type>Integer</Type>', '<Type>Number</Type>')) });
  await expect(page.locator('.findings')).toContainText('line 13');
  await expect(page.getByRole('button', { name: 'Define it' })).toBeDisabled();
  await input.setInputFiles({ name: 'good.xml', mimeType: 'application/xml', buffer: Buffer.from(ddf('Tank')) });
  await page.getByRole('button', { name: 'Define it' }).click();
  await expect(page.getByRole('heading', { name: 'Tank' })).toBeVisible();
});
