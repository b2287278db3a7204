import type { Settings } from '../shared/runtime/settings.js';

/**
 * The settings of the environment, and before them what options say. What only a server needs is loaded with it, so that a command
 * that asks one starts in a fraction of the time.
 */
export async function settingsWith(given: Record<string, string | undefined>): Promise<Settings> {
  const { readSettings } = await import('../shared/runtime/settings.js');
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  return readSettings({ ...process.env, ...Object.fromEntries(chosen) });
}
