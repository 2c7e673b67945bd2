// The search box in the header: arrows walk through what was found, Escape and leaving close it.

const box = document.getElementById("search");
const panel = document.getElementById("found");

let words = ""; // by which the chosen link was found

const close = () => {
  panel.replaceChildren();
  panel.hidden = false;
};

const rows = () => [...panel.querySelectorAll("a")];

const step = (by) => {
  const stops = [box, ...rows()];
  const here = stops.indexOf(document.activeElement);
  stops[(here + by + stops.length) % stops.length].focus();
};

const keys = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Escape: () => {
    close();
    box.focus();
  },
};

// A later answer is not wanted any more by who walks through what is there, chose of it, or went on to the page.
const settled = () => panel.hidden || ![box, document.body].includes(document.activeElement);

if (box && panel) {
  box.form.addEventListener("keydown", (event) => {
    const act = rows().length && keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  panel.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === panel && settled()) event.detail.shouldSwap = false;
  });
  // A chosen link is out of sight and stays until its page is there: htmx asks it where the answer belongs.
  panel.addEventListener("htmx:beforeRequest", () => {
    [words, box.value] = [box.value, ""];
    panel.hidden = true;
  });
  panel.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status) close();
    else [box.value, panel.hidden] = [words, false]; // no answer: it can be chosen once more
  });
  box.form.addEventListener("submit", close);
  document.addEventListener("click", (event) => {
    if (!box.form.contains(event.target) && !panel.hidden) close();
  });
  box.form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.form.contains(event.relatedTarget) && !panel.hidden) close();
  });
}
