// The state of a widget in its model: anywidget's in a notebook, a plain object on a page.

/**
 * { read(), write(state), stop() }. `onChange(state)` is called when somebody else has changed `fields`, once for all
 * that changed together, and not for an answer that says what is there already.
 */
export function bindModel(model, fields, onChange) {
  let isWriting = false; // `set` calls our own listeners
  const read = () => Object.fromEntries(fields.map((field) => [field, model.get(field)]));
  let known = JSON.stringify(read());
  const changed = () => {
    if (isWriting) return;
    const text = JSON.stringify(read());
    if (text === known) return;
    known = text;
    onChange(read());
  };
  const write = (state) => {
    const isOther = ([field, value]) => JSON.stringify(value) !== JSON.stringify(model.get(field));
    const changes = Object.entries(state).filter(isOther);
    if (!changes.length) return;
    isWriting = true;
    for (const [field, value] of changes) model.set(field, value);
    isWriting = false;
    known = JSON.stringify(read());
    model.save_changes();
  };
  for (const field of fields) model.on(`change:${field}`, changed);
  const stop = () => {
    for (const field of fields) model.off(`change:${field}`, changed);
  };
  return { read, write, stop };
}
