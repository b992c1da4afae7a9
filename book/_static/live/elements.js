/* Elements of a page, in one expression each. */

/** An element with these properties, data attributes and children. */
export function element(name, { data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** A button that does one thing; the checks in a browser find it by `action`. */
export function button(action, label, act) {
  return element("button", { type: "button", textContent: label, data: { action }, onclick: act });
}

/** Let a button do something else from now on. */
export function rename(made, action, label) {
  made.dataset.action = action;
  made.textContent = label;
}
