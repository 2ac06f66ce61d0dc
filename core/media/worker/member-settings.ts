import { defaultMemberSettings, type MemberSettings } from './protocol.ts';

const leastGainDb = -40;
const mostGainDb = 20;
const mostGroups = 32;

/** Settings from data that may be anything (a snapshot); what is missing or no such value is as at first. */
export function memberSettingsOf(data: unknown): MemberSettings {
  if (typeof data !== 'object' || data === null) return defaultMemberSettings;
  const fields: { readonly [key: string]: unknown } = Object.fromEntries(Object.entries(data));
  return {
    gainInDb: gain(fields['gainInDb']),
    gainOutDb: gain(fields['gainOutDb']),
    muted: fields['muted'] === true,
    deaf: fields['deaf'] === true,
    automaticGain: choice(fields['automaticGain']),
    noiseGate: choice(fields['noiseGate']),
    group: typeof fields['group'] === 'string' ? fields['group'] : '',
    hears: groups(fields['hears']),
    heardBy: groups(fields['heardBy']),
  };
}

function gain(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0;
  return Math.min(mostGainDb, Math.max(leastGainDb, value));
}

const choice = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

function groups(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((name): name is string => typeof name === 'string').slice(0, mostGroups);
}
