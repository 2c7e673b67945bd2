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

const report = async (kind) => {
  if (!track) return;
  const from = radio;
  try {
    const response = await post(from || listensUrl, { track, kind, seconds: heard.toFixed(1) });
    if (!from) return;
    const list = (await fragment(response)).querySelector("[data-queue]");
    tell("queue:steer", { fresh: entries(list), from, over: list.dataset.over });
  } catch {
    // Offline for a moment: the music goes on, this one report is lost.
  }
};

// A like given while a radio plays is an opinion on that radio, too.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (radio && target.matches(".like")) detail.parameters.radio = radio.split("/")[2];
});

hear("queue:changed", (queue) => {
  radio = queue.radio;
});

hear("player:change", ({ entry }) => {
  track = entry.id;
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
