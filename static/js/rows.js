// What the page offers for playing. Reads rows that the server rendered, tells the player, and shows what plays.

import { AT_ONCE, entries, entry, fresh } from "./entries.js";
import { hear, tell } from "./events.js";
import { parts } from "./queue-order.js";
import { fragment } from "./server.js";

const RESTS = 80; // milliseconds after which a pointer is no longer passing by

let current = { id: "", playing: false };

const label = (button, title, pausing) => {
  const does = pausing ? "Pause" : "Play";
  button.querySelector("use").setAttribute("href", pausing ? "#i-pause" : "#i-play");
  button.setAttribute("aria-label", `${does} ${title}`);
  const word = button.querySelector("[data-play-word]");
  if (word) word.textContent = does;
};

const mark = () => {
  for (const row of document.querySelectorAll("#main [data-track]")) {
    const here = row.dataset.track === current.id;
    if (here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    const button = row.querySelector("[data-play]");
    if (button) label(button, row.querySelector("[data-title]").textContent, here && current.playing);
  }
};

const listOf = (row) => {
  const list = row.closest("[data-queue]") ?? row.parentElement;
  const rows = [...list.querySelectorAll("[data-track]")];
  const later = list.closest("[data-later]")?.dataset.later.split(",") ?? [];
  return { entries: rows.map(entry), index: rows.indexOf(row), radio: list.dataset.radio ?? "", later };
};

const play = (row, share = 0) => {
  if (row.dataset.track === current.id && !share) return tell("player:toggle");
  return tell("track:play", { ...listOf(row), share });
};

// The sliders of the page hold for the radio as they stand now, not as they stood when the page was made.
const radioAddress = (form) => {
  const fields = new URLSearchParams(new FormData(form));
  const steer = document.querySelector("#main #steer");
  for (const [name, value] of steer ? new FormData(steer) : []) {
    if (value && name !== "from") fields.set(name, value);
  }
  return `${form.getAttribute("action")}?${fields}`;
};

const startRadio = async (form) => {
  try {
    const headers = { "HX-Request": "true", "HX-Target": "queue" };
    const answer = await fetch(radioAddress(form), { headers });
    if (answer.status === 401) throw new Error("you were signed out. Load the page again to sign in.");
    if (answer.status === 404) throw new Error("what it begins with is not there any more.");
    const list = (await fragment(answer)).querySelector("[data-queue]");
    const found = entries(list);
    if (!found.length) throw new Error(list.dataset.over ?? "nothing in the library fits");
    tell("track:play", { entries: found, index: 0, radio: list.dataset.radio });
  } catch (error) {
    tell("player:problem", { text: `The radio did not start: ${error.message}` });
  }
};

// Who rests on a play button, or touches it, may press it: until then the beginning of that sound can be here.
let resting = 0;

const expect = (event, after) => {
  clearTimeout(resting);
  const row = event.target.closest?.("#main [data-play]")?.closest("[data-track]");
  if (row) resting = setTimeout(() => tell("player:expect", { entry: entry(row) }), after);
};

document.addEventListener("pointerover", (event) => expect(event, RESTS));
document.addEventListener("pointerdown", (event) => expect(event, 0));

document.addEventListener("click", (event) => {
  const whole = event.target.closest("[data-play-list]");
  if (whole) {
    const scope = whole.closest("[data-list]") ?? document.getElementById("main");
    const first = scope.querySelector("[data-queue] [data-track]");
    const shuffled = whole.dataset.playList === "shuffled";
    return first && tell("track:play", { ...listOf(first), shuffled });
  }
  const button = event.target.closest("[data-play]");
  if (button) return play(button.closest("[data-track]"));
  const wave = event.target.closest("[data-wave] svg");
  if (!wave) return undefined;
  const box = wave.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  const id = wave.closest("[data-wave]").dataset.wave;
  if (id === current.id) return tell("player:seek", { share });
  return play(document.querySelector(`#main [data-track="${id}"]`), share);
});

// All of a list, of which the page may show the beginning only.
const fetched = async (ids) => {
  const found = [];
  for (const part of parts(ids, AT_ONCE)) found.push(...(await fresh(part)));
  return found;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-enqueue]");
  if (!button) return;
  const row = button.closest("[data-track]");
  const ids = button.closest("[data-whole]")?.dataset.whole.split(",");
  const next = button.dataset.enqueue === "next";
  try {
    const added = row ? [entry(row)] : ids ? await fetched(ids) : entries(button.closest("[data-list]"));
    tell("queue:add", { entries: added, next });
  } catch {
    tell("player:problem", { text: "The list could not be fetched. Try it again." });
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-radio-start]")) return;
  event.preventDefault();
  startRadio(event.target);
});

hear("player:state", (state) => {
  current = state;
  mark();
});

hear("player:time", ({ id, seconds, length }) => {
  const heard = document.querySelector(`[data-wave="${CSS.escape(id)}"] [data-wave-heard]`);
  if (heard && length) heard.setAttribute("width", (800 * seconds) / length);
});

document.addEventListener("htmx:load", mark);
