// Elements in one line, texts always as texts.

/** The element with this selector; it is in the page. */
export function find(selector) {
  const found = document.querySelector(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

/** A new element with properties, data attributes and children. */
export function element(name, { data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** A button. */
export function button(label, onClick, properties = {}) {
  return element("button", { type: "button", textContent: label, onclick: onClick, ...properties });
}
