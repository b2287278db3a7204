import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { LIST_ORDERS, ORDER_DEFAULT, type ListOrder } from '../../../shared/core/ports/list-order.js';
import { single, type Parameters } from '../http/parameters.js';

/** The order that `order` asks for. @throws InvalidRequestError that says which there are. */
export function orderOf(parameters: Parameters): ListOrder {
  const given = single(parameters, 'order') ?? ORDER_DEFAULT;
  const order = LIST_ORDERS.find((one) => one === given);
  if (order === undefined) throw new InvalidRequestError(`order must be one of ${LIST_ORDERS.join(', ')}`);
  return order;
}
