// Where the track is: a slider over its waveform. While nothing is known of its shape, the wave is a plain line.

import { clock } from "./clock.js";
import { hear, tell } from "./events.js";

const WIDTH = 800; // of the picture
const FLAT = `M4 32H${WIDTH - 4}`;
const PENDING = 15_000; // milliseconds until a worker may have measured it
const STEPS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }; // seconds

const seek = document.getElementById("player-seek");
const box = seek.parentElement;
const hint = document.getElementById("seek-hint");
const strokes = document.getElementById("seek-strokes");

let address = ""; // of the waveform that is shown, or asked for
let asking = 0;
let dragged = false;

const cover = (name, seconds) => {
  const share = Math.min(seconds / Number(seek.max), 1) || 0;
  document.getElementById(`seek-${name}`).setAttribute("width", WIDTH * share);
};

const move = (seconds) => {
  seek.value = seconds;
  cover("heard", seconds);
  seek.setAttribute("aria-valuetext", `${clock(seconds)} of ${clock(Number(seek.max))}`);
};

const draw = (path) => {
  strokes.setAttribute("d", path || FLAT);
  box.classList.toggle("seek--flat", !path);
};

const shape = async (wanted) => {
  const response = await fetch(wanted);
  if (response.status === 204) asking = setTimeout(() => ask(wanted), PENDING);
  if (response.status !== 200 || response.redirected) return ""; // or a page: who was signed out is led to the door
  const picture = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
  return picture.querySelector("path")?.getAttribute("d");
};

const ask = async (wanted) => {
  const path = await shape(wanted).catch(() => ""); // without a network there is no shape, and no harm
  if (wanted === address) draw(path);
};

hear("player:change", ({ entry }) => {
  move(0);
  cover("loaded", 0);
  if (entry.peaks === address) return;
  clearTimeout(asking);
  address = entry.peaks;
  draw("");
  ask(address);
});

hear("player:time", ({ seconds, length, loaded }) => {
  if (!Number.isFinite(length)) return;
  seek.max = length;
  cover("loaded", loaded);
  if (!dragged) move(seconds);
});

// -- by hand

const tip = (seconds, share) => {
  hint.hidden = false;
  hint.textContent = clock(seconds);
  hint.style.setProperty("--at", `${100 * share}%`);
};

const away = () => {
  hint.hidden = true;
};

seek.addEventListener("input", () => {
  dragged = true;
  move(Number(seek.value));
  tip(Number(seek.value), seek.value / seek.max);
});

seek.addEventListener("change", () => {
  dragged = false;
  tell("player:seek", { to: Number(seek.value) });
  away();
});

box.addEventListener("pointermove", (event) => {
  if (dragged || event.pointerType === "touch") return;
  const { left, width } = box.getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - left) / width, 0), 1);
  tip(share * Number(seek.max), share);
});

box.addEventListener("pointerleave", away);

// -- by keys: the steps of a browser's own slider are too small to be of use

seek.addEventListener("keydown", (event) => {
  const ends = { Home: 0, End: Number(seek.max) };
  const wanted = event.key in STEPS ? { by: STEPS[event.key] } : event.key in ends ? { to: ends[event.key] } : null;
  if (!wanted || event.shiftKey) return;
  event.preventDefault();
  tell("player:seek", wanted);
});
