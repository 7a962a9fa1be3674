// SPDX-License-Identifier: Apache-2.0
// Line icons on a grid of 20.
const shapes = {
  alert: 'M10 3 2.500 16.500h15zM10 8v4M10 14.500v.01',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.500 1.500h-13zM8.500 18h3',
  bolt: 'M11 2 4.500 11.500H10L9 18l6.500-9.500H10z',
  check: 'm4 10.500 4 4 8-9',
  chevron: 'm7.500 5 5 5-5 5',
  copy: 'M7 7h9v10H7zM4 13V3h9',
  cross: 'm5 5 10 10M15 5 5 15',
  device: 'M5 5h10v10H5zM8 2v3M12 2v3M8 15v3M12 15v3M2 8h3M2 12h3M15 8h3M15 12h3',
  down: 'M10 3v10m-4-4 4 4 4-4M4 17h12',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  home: 'M3 16V9M8 16V4M13 16v-5M18 16V7',
  in: 'M15 5 6 14m0-6v6h6',
  info: 'M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM10 9v5M10 6v.01',
  key: 'M7 13a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10.500 9.500H18M15 9.500V13',
  list: 'M3 5h14M3 10h14M3 15h9',
  menu: 'M3 5.500h14M3 10h14M3 14.500h14',
  moon: 'M16.500 12.500A7 7 0 0 1 7.500 3.500a7 7 0 1 0 9 9z',
  more: 'M4.500 10h.01M10 10h.01M15.500 10h.01',
  leave: 'M8 3.500H4v13h4M12.500 6l4 4-4 4M16 10H8',
  out: 'M5 15 14 6m0 6V6H8',
  pencil: 'm4 16 1-4 8.500-8.500 3 3L8 15z',
  people: 'M7.500 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5.500-5s5.500 2 5.500 5M13 3.500a3 3 0 0 1 0 5M15.500 12.500c1.600.8 2.500 2.300 2.500 4.500',
  play: 'M6 4v12l10-6z',
  plus: 'M10 4v12M4 10h12',
  read: 'M10 3v9m-3.500-3.500L10 12l3.500-3.500M4 16.500h12',
  refresh: 'M16 4v4h-4M4 16v-4h4M15.500 8A6 6 0 0 0 5 6.500M4.500 12A6 6 0 0 0 15 13.500',
  rule: 'M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4',
  search: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13.500 13.500 17 17',
  shield: 'M10 2.500 4 5v5c0 4 2.500 6.500 6 7.500 3.500-1 6-3.500 6-7.500V5z',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600 16 16M4 16l1.400-1.400M14.600 5.400 16 4',
  trash: 'M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11',
  webhook: 'M6 12a3 3 0 1 0 3 3h6M10 6l3.500 6M14 12.500A2.800 2.800 0 1 1 12.500 16M6 15l3.300-5.500A3 3 0 1 1 13 6',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

/** The bird. */
export function Bird() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" fill="currentColor">
      <path d="M3 20.500C8 20 11 17.500 13.500 13c2-3.700 5-6 9-6 2.200 0 3.900 1 4.800 2.700L31 11l-3.400 1.600C27.400 19 22.500 24 15.500 24c-2.500 0-4.500-.6-6-1.600L1 25.500z" />
      <circle cx="23.300" cy="10.700" r="1.300" fill="var(--paper)" />
      <path d="M15 24v4M18.500 23.600V28" fill="none" stroke="currentColor" stroke-width="1.300" stroke-linecap="round" />
    </svg>
  );
}
