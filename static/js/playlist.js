// Entries of a playlist are carried to another place. Buttons beside them do the same without this.

import { arrange } from "./arrange.js";
import { tell } from "./events.js";

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

// A menu's buttons belong to the forms of its row, but stand outside of them, where htmx does not look.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const pressed = detail.triggeringEvent?.submitter;
  if (target.matches("[data-move]") && pressed?.name) detail.parameters[pressed.name] = pressed.value;
});

// The button that was pressed is gone with its row or folded up in its menu: what can be pressed there is next.
let left = null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const row = detail.target.id === "entries" && document.activeElement.closest("[data-entry]");
  left = row ? { id: row.dataset.entry, place: [...row.parentElement.children].indexOf(row) } : null;
});

document.addEventListener("htmx:afterSettle", () => {
  if (!left || document.activeElement !== document.body) return;
  const rows = [...document.querySelectorAll("[data-entry]")];
  const row = rows.find((one) => one.dataset.entry === left.id) ?? rows[Math.min(left.place, rows.length - 1)];
  const buttons = [...(row?.querySelectorAll("[data-out], summary") ?? [])];
  (buttons.find((button) => button.checkVisibility()) ?? document.getElementById("main")).focus();
  left = null;
});

arrange({ list: "[data-entries]", row: "[data-entry]", moved: store });
document.addEventListener("htmx:load", arm);
arm();
