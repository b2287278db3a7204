import { orderParts } from '../../../core/ports/list-order.js';
import type { PlaceStream } from './place-stream.js';
import { placesByCreation } from './places-by-creation.js';
import { placesByTime } from './places-by-time.js';
import type { TaskQuery } from './task-query.js';
import type { TaskTables } from './task-tables.js';

/** Where the tasks stand that a query finds in the tables, in its order. @throws DamagedStoreError as `TaskIndex.places`. */
export function storedPlaces(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { key } = orderParts(query.order);
  return key === 'created' ? placesByCreation(query, tables) : placesByTime(query, key, tables);
}
