// SPDX-License-Identifier: Apache-2.0
import type { Role } from '../../api/shapes';
import { Field } from '../../parts/field';

const notes: Record<Role, string> = {
  viewer: 'Sees everything but secrets, and changes nothing.',
  operator: 'Also operates devices, and their tags and observations.',
  admin: 'Also sets up credentials, configurations, users and tokens.',
};

export function RoleBadge({ role }: { role: Role }) {
  return <span class={`badge ${role === 'admin' ? 'accent' : ''}`}>{role}</span>;
}

export function RoleField({ role, onChange }: { role: Role; onChange(role: Role): void }) {
  return (
    <Field label="Role" note={notes[role]}>
      {(id) => (
        <select id={id} class="select" value={role} onChange={(event) => onChange(event.currentTarget.value as Role)}>
          {Object.keys(notes).map((one) => <option key={one}>{one}</option>)}
        </select>
      )}
    </Field>
  );
}
