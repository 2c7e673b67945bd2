// Reports what was heard. In a radio session the answer to a report is what comes next.

import { entries } from "./entries.js";
import { hear, tell } from "./events.js";
import { fragment, post } from "./server.js";

const PLAYED_AFTER = 5; // seconds; less is a slip of the finger
const { listensUrl } = document.getElementById("player").dataset;

let track = null;
let radio = "";
let heard = 0; // seconds that sounded, without jumps
let last = 0;
let told = false;

const SAID = {
  skipped: (title) => `“${title}” was skipped: what follows is less like it.`,
  less: (title) => `What follows is less like “${title}”.`,
  liked: (title) => `What follows is more like “${title}”.`,
};

// What comes next in the radio that asked for it, and why it changed.
const steer = async (answer, from, said) => {
  const list = (await fragment(await answer)).querySelector("[data-queue]");
  tell("queue:steer", { fresh: entries(list), from, over: list.dataset.over });
  if (said && "learned" in list.dataset && from === radio) tell("radio:learned", { text: said });
};

const report = async (kind) => {
  if (!track) return;
  const answer = post(radio || listensUrl, { track: track.id, kind, seconds: heard.toFixed(1) });
  try {
    if (radio) await steer(answer, radio, SAID[kind]?.(track.title));
    else await answer;
  } catch {
    // Offline for a moment: the music goes on, this one report is lost.
  }
};

// A like given while a radio plays is an opinion on that radio, too.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (radio && target.matches(".like")) detail.parameters.radio = radio.split("/")[2];
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt; // as it was before it was pressed
  if (!radio || !detail.successful || !form.matches(".like")) return;
  const heart = form.querySelector("button");
  const said = heart.getAttribute("aria-pressed") === "false" ? SAID.liked(heart.dataset.liking) : "";
  steer(fetch(radio), radio, said).catch(() => {}); // the next report brings it
});

hear("queue:changed", (queue) => {
  radio = queue.radio;
});

hear("player:change", ({ entry }) => {
  track = entry;
  heard = 0;
  last = 0;
  told = false;
});

hear("player:time", ({ seconds }) => {
  const step = seconds - last;
  last = seconds;
  if (step > 0 && step < 2) heard += step;
  if (told || heard < PLAYED_AFTER) return;
  told = true;
  report("played");
});

hear("player:skipped", () => report("skipped"));

hear("player:finished", () => report("finished"));

hear("player:less", () => {
  report("less");
  tell("queue:next", {});
});
