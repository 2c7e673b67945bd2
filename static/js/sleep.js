// Stops the music after a while, or when the track is over. A reload does not wake it.

import { hear, tell } from "./events.js";
import { storage } from "./storage.js";

const KEY = "segue.sleep";
const choice = document.getElementById("sleep");
const words = document.getElementById("sleep-until");

let timer = 0;

const wake = () => {
  clearTimeout(timer);
  choice.value = "";
  words.textContent = "";
  storage.write(KEY, null);
  tell("player:hold", { on: false });
};

const until = (moment) => {
  words.textContent = `at ${new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  timer = setTimeout(() => {
    tell("player:stop");
    wake();
  }, moment - Date.now());
};

choice.addEventListener("change", () => {
  const chosen = choice.value;
  wake();
  choice.value = chosen;
  if (chosen === "track") return tell("player:hold", { on: true });
  if (!chosen) return undefined;
  const moment = Date.now() + Number(chosen) * 60_000;
  storage.write(KEY, { moment, chosen });
  return until(moment);
});

hear("player:finished", () => {
  if (choice.value === "track") setTimeout(wake); // after the queue has loaded what comes next
});

const kept = storage.read(KEY);
if (kept?.moment > Date.now()) {
  choice.value = kept.chosen;
  until(kept.moment);
}
