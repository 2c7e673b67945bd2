// How modules speak with each other: DOM events on `document`. docs/frontend.md lists all of them.

export const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));

export const hear = (name, handler) => document.addEventListener(name, (event) => handler(event.detail, event));
