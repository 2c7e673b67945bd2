// Stops the music after a while, or when the track is over.

import { hear, tell } from "./post.js";

const choice = document.getElementById("sleep");
let timer = 0;

const wake = () => {
  clearTimeout(timer);
  choice.value = "";
};

choice.addEventListener("change", () => {
  clearTimeout(timer);
  if (!Number(choice.value)) return;
  timer = setTimeout(() => {
    tell("player:stop");
    wake();
  }, Number(choice.value) * 60_000);
});

hear("player:finished", () => {
  if (choice.value !== "track") return;
  wake();
  setTimeout(() => tell("player:stop")); // after the queue has loaded what comes next
});
