import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventText } from '../../../services/dashboard/state/event-text.js';

const TEXT =
  'retry: 2000\n\nid: 41\n\n: \n\nevent: task\nid: 42\ndata: {"id":7}\n\nevent: left\r\nid: 45\r\ndata: a\r\ndata:b\r\n\r\ndata: c\n\ndata: cut';
const EVENTS = [
  { type: 'task', data: '{"id":7}', id: '42' },
  { type: 'left', data: 'a\nb', id: '45' },
  { type: 'message', data: 'c', id: '45' },
];

describe('the text of an event stream', () => {
  it('is read whole', () => {
    expect(new EventText().read(TEXT)).toEqual(EVENTS);
  });

  it('is read the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TEXT.length })), (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), TEXT.length];
        const text = new EventText();
        const pieces = places.slice(1).map((end, at) => TEXT.slice(places[at], end));
        expect(pieces.flatMap((piece) => text.read(piece))).toEqual(EVENTS);
      }),
    );
  });
});
