// Keys, and the sheet that explains them. Single keys can be switched off, for people who speak to their computer.

import { tell } from "./events.js";
import { storage } from "./storage.js";

const KEY = "segue.keys";
const help = document.getElementById("help");
const queue = document.getElementById("queue");
const allowed = document.getElementById("keys-allowed");

const keys = {
  " ": () => tell("player:toggle"),
  n: () => tell("player:next"),
  p: () => tell("player:previous"),
  ArrowLeft: () => tell("player:seek", { by: -10 }),
  ArrowRight: () => tell("player:seek", { by: 10 }),
  l: () => tell("player:like"),
  d: () => tell("player:less"),
  m: () => tell("player:mute"),
  s: () => tell("queue:shuffle"),
  r: () => tell("queue:repeat"),
  q: () => tell("queue:toggle"),
  f: () => tell("now:toggle"),
  "/": () => document.getElementById("search").focus(),
  "?": () => help.showModal(),
};

const withShift = {
  ArrowUp: () => tell("player:volume", { by: 0.1 }),
  ArrowDown: () => tell("player:volume", { by: -0.1 }),
};

// Space presses a focused button and arrows move a focused slider; letters are free unless somebody types.
const USED = [
  [() => true, "input:not([type=range]), select, textarea, dialog"],
  [(key) => key === " ", "button, a, summary, input"],
  [(key) => key.startsWith("Arrow"), "input"],
];

const taken = ({ key, target }) => USED.some(([when, who]) => when(key) && target.closest(who));

// What Escape closes, the last thing that was opened first.
const closing = ({ key, target }) => {
  if (key !== "Escape" || target.closest("dialog")) return "";
  if (!queue.hidden) return "queue:toggle";
  return document.body.classList.contains("has-now") ? "now:toggle" : "";
};

const press = (event) => {
  const over = closing(event);
  if (over) return tell(over);
  const action = (event.shiftKey && withShift[event.key]) || keys[event.key];
  if (!action || !allowed.checked || taken(event)) return undefined;
  event.preventDefault();
  return action();
};

document.addEventListener("keydown", (event) => {
  const system = event.ctrlKey || event.metaKey || event.altKey;
  if (!system && !event.defaultPrevented) press(event);
});

document.addEventListener("click", (event) => {
  if (event.target.closest('[data-open="help"]')) help.showModal();
});

allowed.checked = storage.read(KEY) ?? true;
allowed.addEventListener("change", () => storage.write(KEY, allowed.checked));
