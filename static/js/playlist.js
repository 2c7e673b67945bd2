// Entries of a playlist are carried to another place. Buttons beside them do the same without this.

import { arrange } from "./arrange.js";
import { tell } from "./post.js";

const arm = () => {
  for (const row of document.querySelectorAll("[data-entries] [data-entry]")) row.draggable = true;
};

// Shown at once; the answer of the server is what counts.
const store = (row, from, to) => {
  const list = row.closest("[data-entries]");
  const form = row.querySelector("[data-move]");
  const other = list.children[to];
  if (from < to) other.after(row);
  else other.before(row);
  window.htmx
    .ajax("POST", form.getAttribute("action"), { source: form, target: "#entries", select: "#entries", swap: "outerHTML show:none", values: { to: Number(list.dataset.first) + to } })
    .catch(() => tell("player:problem", { text: "The order was not saved. Load the page again." }));
};

// The button that took an entry out is gone with it: the one at its place follows.
let left = -1;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const out = detail.target.id === "entries" && document.activeElement.closest("[data-out]");
  left = out ? [...document.querySelectorAll("[data-out]")].indexOf(out) : -1;
});

document.addEventListener("htmx:afterSettle", () => {
  if (left < 0) return;
  const buttons = [...document.querySelectorAll("[data-out]")];
  (buttons[Math.min(left, buttons.length - 1)] ?? document.getElementById("main")).focus();
  left = -1;
});

arrange({ list: "[data-entries]", row: "[data-entry]", moved: store });
document.addEventListener("htmx:load", arm);
arm();
