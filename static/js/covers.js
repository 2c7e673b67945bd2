// What lies over the whole page: Back takes it away instead of the page, as phones do. Each cover has an entry of its
// own in the history, at the address of the page under it.

const covers = []; // functions that hide one; the last one lies on top
let then = null; // what is done when the entries of covers that were closed by hand are gone

const enter = () => history.pushState({ ...history.state, covers: covers.length }, "");

export const cover = (hide) => {
  covers.push(hide);
  if (!then) return enter();
  const before = then; // the way back from another one is not over yet
  then = () => {
    before();
    enter();
  };
  return undefined;
};

// Hides it and what lies on it.
export const uncover = (hide, after = () => {}) => {
  const at = covers.indexOf(hide);
  if (at < 0) return hide();
  const gone = covers.splice(at).reverse();
  for (const one of gone) one();
  then = after;
  return history.go(-gone.length);
};

const back = (event) => {
  const depth = event.state?.covers ?? 0;
  if (!then && depth >= covers.length) return; // from page to page
  event.stopImmediatePropagation(); // htmx would fetch the page that is there
  const next = then ?? (() => covers.splice(depth).reverse().forEach((hide) => hide()));
  then = null;
  next();
};

window.addEventListener("popstate", back, true); // before htmx

// What leads to another page does so when the covers are gone, or Back would lead to one of them.
const leaves = (event, element, again) => {
  if (!covers.length || !element || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  uncover(covers[0], again);
};

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[href]");
    leaves(event, link, () => link.click());
  },
  true,
);

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.matches("[hx-post], [data-radio-start], [method=dialog]") ? null : event.target;
    leaves(event, form, () => form.requestSubmit());
  },
  true,
);

// A reload leaves the entry, and nothing lies on the page.
if (history.state?.covers) history.replaceState({ ...history.state, covers: 0 }, "");
