import { describe, expect, it } from '@jest/globals';
import {
  SCHEMA_VERSION,
  upcast,
  UPCASTERS,
  type Upcaster,
} from '../../../shared/core/application/upcasters.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';

function stored(metadata: Record<string, string>, data = {}): RecordedEvent {
  return { id: 'i', type: 'TaskStarted', stream: 'task-1', revision: 3, position: '9', data, metadata };
}

describe('upcasting', () => {
  it('leaves alone what is written today', () => {
    const event = stored({});
    expect(upcast(event)).toBe(event);
    const saysSo = stored({ schema_version: SCHEMA_VERSION });
    expect(upcast(saysSo)).toBe(saysSo);
  });

  it('has a way from each version to the one that is written', () => {
    for (const version of Object.keys(UPCASTERS)) {
      const { schema_version = SCHEMA_VERSION } = upcast(stored({ schema_version: version })).metadata;
      expect(schema_version).toBe(SCHEMA_VERSION);
    }
  });

  it('takes one step after the other, and leaves what is stored as it is', () => {
    const table: Record<string, Upcaster> = {
      '0': (event) => ({ ...event, data: { steps: '0' }, metadata: { schema_version: '1' } }),
      '1': (event) => ({ ...event, data: { steps: `${event.data.steps as string}1` }, metadata: {} }),
    };
    const event = stored({ schema_version: '0' });
    expect(upcast(event, table)).toMatchObject({ data: { steps: '01' }, metadata: {}, revision: 3 });
    expect(event).toEqual(stored({ schema_version: '0' }));
  });

  it.each(['0', '1'])('is an error where it leads from 1 to %s', (schema_version) => {
    const table = { '1': (event: RecordedEvent) => ({ ...event, metadata: { schema_version } }) };
    expect(() => upcast(stored({ schema_version: '1' }), table)).toThrow(/^task-1@3 has schema version 1/);
  });

  it('refuses a version that it does not know, and a damaged event, by name', () => {
    expect(() => upcast(stored({ schema_version: '3' }))).toThrow(
      'task-1@3 has schema version 3; this program reads 2',
    );
    expect(() => upcast(stored({ schema_version: 'toString' }))).toThrow(/schema version toString/);
    expect(() => upcast({ ...stored({}), damage: 'Its bytes are wrong' })).toThrow(
      'task-1@3: Its bytes are wrong',
    );
  });
});
