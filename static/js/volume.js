// How loud: what the listener chose, muted or not, and whether loud tracks are turned down to the others.

import { hear, tell } from "./events.js";
import { storage } from "./storage.js";

const KEY = "segue.volume";
const slider = document.getElementById("player-volume");
const mute = document.getElementById("player-mute");
const even = document.querySelector('[data-tell="player:even"]');

const kept = storage.read(KEY);
const now = typeof kept === "number" ? { level: kept, even: true } : { level: 1, even: true, ...kept };
now.muted = false;

const show = () => {
  slider.value = now.muted ? 0 : now.level;
  slider.setAttribute("aria-valuetext", now.muted ? "muted" : `${Math.round(100 * now.level)} %`);
  slider.dispatchEvent(new Event("slider:moved", { bubbles: true }));
  mute.setAttribute("aria-pressed", String(now.muted));
  mute.querySelector("use").setAttribute("href", now.muted ? "#i-muted" : "#i-volume");
  even.setAttribute("aria-pressed", String(now.even));
  storage.write(KEY, { level: now.level, even: now.even });
  tell("player:level", { ...now });
};

const set = (level) => {
  now.level = Math.min(Math.max(level, 0), 1);
  now.muted = false;
  show();
};

slider.addEventListener("input", () => set(Number(slider.value)));

hear("player:volume", ({ by }) => set(now.level + by));

hear("player:mute", () => {
  now.muted = !now.muted;
  show();
});

hear("player:even", () => {
  now.even = !now.even;
  show();
});

show();
