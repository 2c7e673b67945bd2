// Stops the music after a while, or when the track is over. A reload does not wake it.

import { hear, tell } from "./events.js";
import { storage } from "./storage.js";

const KEY = "segue.sleep";
const choices = document.querySelectorAll("[data-sleep]"); // of the queue, and of the view of what plays
const words = document.querySelectorAll("[data-sleep-until]");

let timer = 0;
let chosen = "";

const show = (value, text = "") => {
  chosen = value;
  for (const choice of choices) choice.value = value;
  for (const word of words) word.textContent = text;
};

const wake = () => {
  clearTimeout(timer);
  show("");
  storage.write(KEY, null);
  tell("player:hold", { on: false });
};

const until = (moment, value) => {
  show(value, `at ${new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
  timer = setTimeout(() => {
    tell("player:stop");
    wake();
  }, moment - Date.now());
};

const choose = (value) => {
  wake();
  show(value);
  if (value === "track") return tell("player:hold", { on: true });
  if (!value) return undefined;
  const moment = Date.now() + Number(value) * 60_000;
  storage.write(KEY, { moment, chosen });
  return until(moment, value);
};

for (const choice of choices) choice.addEventListener("change", () => choose(choice.value));

hear("player:finished", () => {
  if (chosen === "track") setTimeout(wake); // after the queue has loaded what comes next
});

const kept = storage.read(KEY);
if (kept?.moment > Date.now()) until(kept.moment, kept.chosen);
