// The bar of the player: what plays, the button that stops it, what there is to say. `data-tell` names what a button tells.

import { clock } from "./clock.js";
import { hear, tell } from "./events.js";
import { lead } from "./links.js";

const NOTE = 4000; // milliseconds that good news stay

const bar = document.getElementById("player");
const status = document.getElementById("player-status");
const button = document.getElementById("player-toggle");
const by = (id) => document.getElementById(`player-${id}`);

let fading = 0;

const say = (text, kind) => {
  clearTimeout(fading);
  status.textContent = text;
  status.dataset.kind = kind;
};

const appear = () => {
  bar.hidden = false;
};

hear("player:change", ({ entry }) => {
  appear();
  by("art").replaceChildren(entry.art.cloneNode(true));
  by("title").textContent = entry.title;
  lead(by("title"), entry.href);
  by("artist").textContent = entry.artist;
  lead(by("artist"), entry.by);
  by("time").textContent = clock(0);
  by("length").textContent = "";
});

hear("player:state", ({ playing, waiting }) => {
  button.setAttribute("aria-label", playing ? "Pause" : "Play");
  button.setAttribute("aria-busy", String(waiting));
  button.querySelector("use").setAttribute("href", playing ? "#i-pause" : "#i-play");
});

hear("player:time", ({ seconds, length }) => {
  by("time").textContent = clock(seconds);
  by("length").textContent = Number.isFinite(length) ? clock(length) : "";
});

hear("player:problem", ({ text }) => {
  if (!text && status.dataset.kind !== "problem") return;
  if (text) appear();
  say(text, "problem");
});

hear("player:note", ({ text }) => {
  appear();
  say(text, "note");
  fading = setTimeout(() => say("", "note"), NOTE);
});

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-tell]")?.dataset.tell;
  if (name) tell(name);
});
