// Keys, and the sheet that explains them. Single keys can be switched off, for people who speak to their computer.

import { storage, tell } from "./post.js";

const KEY = "segue.keys";
const help = document.getElementById("help");
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
  "/": () => document.getElementById("search").focus(),
  "?": () => help.showModal(),
};

const withShift = {
  ArrowUp: () => tell("player:volume", { by: 0.1 }),
  ArrowDown: () => tell("player:volume", { by: -0.1 }),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && !document.getElementById("queue").hidden && !event.target.closest("dialog")) {
    tell("queue:toggle");
    return;
  }
  const action = (event.shiftKey && withShift[event.key]) || keys[event.key];
  // Space presses a focused button and arrows move a focused slider; letters are free unless somebody types.
  const claims = event.target.closest("input:not([type=range]), select, textarea, dialog");
  const pressing = event.key === " " && event.target.closest("button, a, summary, input");
  const sliding = event.key.startsWith("Arrow") && event.target.closest("input");
  if (!allowed.checked || !action || claims || pressing || sliding) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  if (event.target.closest('[data-open="help"]')) help.showModal();
});

allowed.checked = storage.read(KEY) ?? true;
allowed.addEventListener("change", () => storage.write(KEY, allowed.checked));
