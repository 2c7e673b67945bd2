// The queue as a list that can be put in order by dragging, by buttons and by keys, and kept as a playlist.

import { arrange } from "./arrange.js";
import { cover, uncover } from "./covers.js";
import { hear, tell } from "./events.js";

const panel = document.getElementById("queue");
const opener = document.getElementById("queue-toggle");
const list = document.getElementById("queue-list");
const item = document.getElementById("queue-item");
const keep = document.getElementById("queue-keep");
const start = document.getElementById("queue-start");
const button = (tells) => panel.querySelector(`[data-tell="${tells}"]`);
const [shuffle, repeat, clear, undo] = ["queue:shuffle", "queue:repeat", "queue:clear", "queue:undo"].map(button);
const dj = document.getElementById("queue-dj");
const learned = document.getElementById("queue-radio");
const usual = learned.textContent; // how a radio learns, until it has
const narrow = matchMedia("(max-width: 52rem)"); // it lies over the whole page
const MOST = { radio: 50, dj: 200 }; // tracks that the server takes, or that make sense

const rows = new WeakMap(); // entry -> its row, so that a thousand of them are made once
let queue = { entries: [], index: -1, radio: "", repeat: "off", shuffled: false, undo: false };
let shown = null; // the entries that the list shows

const made = (entry) => {
  const row = item.content.firstElementChild.cloneNode(true);
  row.querySelector(".art").append(entry.art.cloneNode(true));
  row.querySelector(".track__title").textContent = entry.title;
  row.querySelector(".track__by").textContent = entry.artist;
  row.querySelector(".queue__why").textContent = entry.why;
  row.querySelector(".queue__why").hidden = !entry.why;
  row.querySelector('[data-move="-1"]').setAttribute("aria-label", `Move ${entry.title} up`);
  row.querySelector('[data-move="1"]').setAttribute("aria-label", `Move ${entry.title} down`);
  row.querySelector("[data-remove]").setAttribute("aria-label", `Remove ${entry.title} from the queue`);
  row.querySelector("[data-more]").setAttribute("aria-label", `Move or remove ${entry.title}`);
  return row;
};

const rowOf = (entry) => {
  if (!rows.has(entry)) rows.set(entry, made(entry));
  return rows.get(entry);
};

const listed = () => {
  if (shown === queue.entries) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...queue.entries.map(rowOf));
  shown = queue.entries;
  if (focused?.isConnected) focused.focus();
};

const ends = () => {
  for (const one of list.querySelectorAll("[data-move][aria-disabled]")) one.removeAttribute("aria-disabled");
  list.firstElementChild?.querySelector('[data-move="-1"]').setAttribute("aria-disabled", "true");
  list.lastElementChild?.querySelector('[data-move="1"]').setAttribute("aria-disabled", "true");
};

const tools = () => {
  shuffle.setAttribute("aria-pressed", String(queue.shuffled));
  repeat.textContent = `Repeat: ${queue.repeat}`;
  if (!queue.undo && undo === document.activeElement) panel.querySelector("button").focus();
  undo.hidden = !queue.undo;
  for (const one of [clear, dj, start.querySelector("button"), keep.querySelector("button")]) one.disabled = !queue.entries.length;
};

const draw = () => {
  if (panel.hidden) return;
  listed();
  ends();
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  list.children[queue.index]?.setAttribute("aria-current", "true");
  learned.hidden = !queue.radio;
  document.getElementById("queue-empty").hidden = queue.entries.length > 0;
  document.getElementById("queue-count").textContent = queue.entries.length ? `${queue.index + 1} of ${queue.entries.length}` : "";
  tools();
};

const put = (on) => {
  panel.hidden = !on;
  opener.setAttribute("aria-expanded", String(on));
  document.body.classList.toggle("has-queue", on);
  tell("queue:shown", { on });
};

const hide = () => {
  put(false);
  opener.focus();
};

const show = () => {
  put(true);
  draw();
  panel.querySelector("button").focus();
  list.children[queue.index]?.scrollIntoView({ block: "nearest" });
  if (narrow.matches) cover(hide);
};

const toggle = () => (panel.hidden ? show() : uncover(hide));

// A link of its own for each visit, so that the page changes as with every other link and the sound goes on. It stays
// until the next one: htmx asks it where the answer belongs.
const visit = (address) => {
  panel.querySelector("[data-visit]")?.remove();
  const link = document.createElement("a");
  Object.assign(link, { href: address, hidden: true });
  link.dataset.visit = "";
  panel.append(link);
  window.htmx.process(link);
  link.click();
};

const listing = (entries) => entries.map(({ id }) => id).join(",");

// What plays and what follows.
const ahead = (most) => {
  const from = Math.max(queue.index, 0);
  return listing(queue.entries.slice(from, from + most));
};

const placeOf = (element) => [...list.children].indexOf(element.closest(".queue__item"));

const move = (element, by) => {
  const from = placeOf(element);
  if (queue.entries[from + by]) tell("queue:move", { from, to: from + by });
  list.children[from + by]?.scrollIntoView({ block: "nearest" });
};

const remove = (element) => {
  const position = placeOf(element);
  tell("queue:remove", { position });
  const next = [...((list.children[position] ?? list.lastElementChild)?.querySelectorAll("[data-remove], [data-more]") ?? [])];
  (next.findLast((one) => one.checkVisibility()) ?? panel.querySelector("button")).focus();
};

// On a phone the buttons of one row at a time stand under its title, which has the width to itself until then.
const unfold = (more) => {
  const open = more.getAttribute("aria-expanded") !== "true";
  for (const other of list.querySelectorAll('[data-more][aria-expanded="true"]')) other.setAttribute("aria-expanded", "false");
  more.setAttribute("aria-expanded", String(open));
};

hear("queue:changed", (now) => {
  if (now.radio !== queue.radio) learned.textContent = usual;
  queue = now;
  document.getElementById("player-radio").hidden = !queue.radio;
  draw();
});

hear("radio:learned", ({ text }) => {
  learned.textContent = text;
});

hear("queue:toggle", toggle);

dj.addEventListener("click", () => visit(`${panel.dataset.dj}?ids=${ahead(MOST.dj)}`));

panel.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-move]")) return move(on("[data-move]"), Number(on("[data-move]").dataset.move));
  if (on("[data-remove]")) return remove(event.target);
  if (on("[data-more]")) return unfold(on("[data-more]"));
  return on("[data-pick]") && tell("queue:pick", { position: placeOf(event.target) });
});

list.addEventListener("keydown", (event) => {
  const steps = { ArrowUp: -1, ArrowDown: 1 };
  const row = event.target.closest(".queue__item");
  if (event.key in steps && event.altKey) move(row, steps[event.key]);
  else if (event.key in steps && !event.shiftKey) {
    const next = steps[event.key] < 0 ? row.previousElementSibling : row.nextElementSibling;
    next?.querySelector("[data-pick]").focus();
  } else if (event.key === "Delete") remove(row);
  else return;
  event.preventDefault();
});

arrange({ list: "#queue-list", row: ".queue__item", moved: (_, from, to) => tell("queue:move", { from, to }) });

// -- the whole of it

start.addEventListener("submit", () => {
  start.elements.from.value = `tracks:${ahead(MOST.radio)}`;
});

keep.addEventListener("submit", () => {
  keep.elements.ids.value = listing(queue.entries);
});

// htmx has the answer: the page of the playlist.
keep.addEventListener("htmx:afterRequest", (event) => event.detail.successful && keep.reset());
