// The one audio element and its controls. Knows one track at a time; the queue says which, listens.js keeps the record.

import { clock, hear, storage, tell } from "./post.js";

const VOLUME = "segue.volume";
const SAVE_EVERY = 5; // seconds
const PREPARE_BEFORE = 20; // seconds before the end the next track is fetched
const GIVE_UP_AFTER = 3; // tracks in a row that would not play

const audio = document.getElementById("audio");
const bar = document.getElementById("player");
const seek = document.getElementById("player-seek");
const volume = document.getElementById("player-volume");
const by = (id) => document.getElementById(id);

let entry = null;
let startAt = 0; // seconds, or a share of the track below 1 until its length is known
let refreshed = "";
let failures = 0;
let saved = 0;
let level = 1; // what the listener chose; what sounds is this times the gain of the track
let prepared = "";
const ahead = new Audio(); // fetches the beginning of the next track, and never sounds

const move = (slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("slider:moved", { bubbles: true }));
};

const say = (text) => {
  by("player-status").textContent = text;
};

const state = () => tell("player:state", { id: entry?.id ?? "", playing: Boolean(entry) && !audio.paused });

const start = () =>
  audio.play().catch((error) => {
    if (error.name === "NotAllowedError") say("Press play: the browser wants a click before it plays.");
  });

const show = () => {
  bar.hidden = false;
  document.body.classList.add("has-player");
  by("player-art").replaceChildren(entry.art.cloneNode(true));
  by("player-title").textContent = entry.title;
  by("player-title").href = entry.href;
  by("player-artist").textContent = entry.artist;
};

const media = () => {
  if (!("mediaSession" in navigator)) return;
  const cover = entry.art instanceof HTMLImageElement ? [{ src: entry.art.src }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({ title: entry.title, artist: entry.artist, artwork: cover });
};

hear("player:load", ({ entry: next, play, at }) => {
  entry = next;
  startAt = at ?? 0;
  saved = 0;
  prepared = "";
  say("");
  show();
  media();
  audio.src = entry.src;
  audio.volume = level * entry.gain;
  tell("player:change", { entry });
  if (play) start();
  state();
});

hear("player:toggle", () => {
  if (!entry) return;
  if (audio.paused) start();
  else audio.pause();
});

hear("player:stop", () => {
  audio.pause();
  state();
});

hear("player:seek", ({ to, by: step, share }) => {
  if (!entry || !Number.isFinite(audio.duration)) return;
  const wanted = to ?? (share !== undefined ? share * audio.duration : audio.currentTime + step);
  audio.currentTime = Math.min(Math.max(wanted, 0), audio.duration);
});

hear("player:previous", () => {
  if (audio.currentTime > 3) audio.currentTime = 0;
  else tell("queue:previous");
});

hear("player:next", () => {
  tell("player:skipped");
  tell("queue:next");
});

const setVolume = (wanted) => {
  level = Math.min(Math.max(wanted, 0), 1);
  audio.volume = level * (entry?.gain ?? 1);
  audio.muted = false;
};

hear("player:volume", ({ by: step }) => setVolume(level + step));

hear("player:prepare", ({ entry: next }) => {
  ahead.preload = "auto";
  ahead.src = next.src;
});

hear("player:mute", () => {
  audio.muted = !audio.muted;
});

hear("player:problem", ({ text }) => {
  bar.hidden = false;
  say(text);
});

audio.addEventListener("loadedmetadata", () => {
  seek.max = audio.duration;
  by("player-length").textContent = clock(audio.duration);
  if (startAt) audio.currentTime = startAt < 1 ? startAt * audio.duration : startAt;
  startAt = 0;
});

audio.addEventListener("timeupdate", () => {
  const seconds = audio.currentTime;
  by("player-time").textContent = clock(seconds);
  if (!seek.matches(":active")) move(seek, seconds);
  seek.setAttribute("aria-valuetext", `${clock(seconds)} of ${clock(audio.duration)}`);
  if (!entry) return;
  tell("player:time", { id: entry.id, seconds, length: audio.duration });
  if (audio.duration - seconds < PREPARE_BEFORE && prepared !== entry.id) {
    prepared = entry.id;
    tell("queue:prepare");
  }
  if (Math.abs(seconds - saved) < SAVE_EVERY) return;
  saved = seconds;
  tell("queue:position", { seconds });
});

for (const name of ["play", "pause", "playing"]) {
  audio.addEventListener(name, () => {
    const playing = !audio.paused;
    by("player-toggle").setAttribute("aria-label", playing ? "Pause" : "Play");
    by("player-toggle").querySelector("use").setAttribute("href", playing ? "#i-pause" : "#i-play");
    if (name === "playing") {
      failures = 0;
      say("");
    }
    if (name === "pause") tell("queue:position", { seconds: audio.currentTime });
    state();
  });
}

audio.addEventListener("ended", () => {
  tell("player:finished");
  tell("queue:next", { ended: true });
});

audio.addEventListener("error", () => {
  if (!entry) return;
  if (refreshed !== entry.id) {
    refreshed = entry.id;
    tell("queue:refresh", { id: entry.id, at: audio.currentTime });
    return;
  }
  failures += 1;
  say(`“${entry.title}” cannot be played in this browser: it does not know the format, or the file is damaged.`);
  state();
  if (failures < GIVE_UP_AFTER) setTimeout(() => audio.error && tell("queue:next"), 2500);
});

audio.addEventListener("volumechange", () => {
  move(volume, audio.muted ? 0 : level);
  by("player-mute").setAttribute("aria-pressed", String(audio.muted));
  by("player-mute").querySelector("use").setAttribute("href", audio.muted ? "#i-muted" : "#i-volume");
  storage.write(VOLUME, level);
});

window.addEventListener("pagehide", () => entry && tell("queue:position", { seconds: audio.currentTime }));

seek.addEventListener("change", () => tell("player:seek", { to: Number(seek.value) }));
volume.addEventListener("input", () => setVolume(Number(volume.value)));

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-player]")?.dataset.player;
  if (name) tell(name === "queue" ? "queue:toggle" : `player:${name}`);
});

if ("mediaSession" in navigator) {
  const handlers = {
    play: () => tell("player:toggle"),
    pause: () => tell("player:toggle"),
    nexttrack: () => tell("player:next"),
    previoustrack: () => tell("player:previous"),
    seekto: ({ seekTime }) => tell("player:seek", { to: seekTime }),
    seekbackward: () => tell("player:seek", { by: -10 }),
    seekforward: () => tell("player:seek", { by: 10 }),
  };
  for (const [name, handler] of Object.entries(handlers)) navigator.mediaSession.setActionHandler(name, handler);
}

setVolume(storage.read(VOLUME) ?? 1);
