/** What a filter lets through. @returns {(event: import('./event-log.mjs').LoggedEvent) => boolean} */
export function filterOf(options) {
  if (!options.hasFilter()) return () => true;
  const filter = options.getFilter();
  const onStream = filter.hasStreamIdentifier();
  const expression = onStream ? filter.getStreamIdentifier() : filter.getEventType();
  const prefixes = expression.getPrefixList();
  const regex = new RegExp(expression.getRegex());
  const matches =
    expression.getRegex() === ''
      ? (text) => prefixes.some((p) => text.startsWith(p))
      : (text) => regex.test(text);
  return (event) => matches(onStream ? event.stream : event.type);
}
