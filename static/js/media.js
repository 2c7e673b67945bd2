// The lock screen, headphones and media keys, and the tab of the browser.

import { large } from "./entries.js";
import { hear, tell } from "./events.js";

const session = navigator.mediaSession;

const cover = (art) =>
  art instanceof HTMLImageElement ? [{ src: large(art), sizes: "600x600", type: "image/webp" }] : [];

const show = ({ entry }) => {
  session.metadata = new MediaMetadata({ title: entry.title, artist: entry.artist, artwork: cover(entry.art) });
};

const place = ({ seconds, length }) => {
  if (length > 0 && Number.isFinite(length)) session.setPositionState({ duration: length, position: Math.min(seconds, length) });
};

const actions = {
  play: () => tell("player:toggle", { on: true }),
  pause: () => tell("player:toggle", { on: false }),
  stop: () => tell("player:stop"),
  nexttrack: () => tell("player:next"),
  previoustrack: () => tell("player:previous"),
  seekto: ({ seekTime }) => tell("player:seek", { to: seekTime }),
  seekbackward: ({ seekOffset }) => tell("player:seek", { by: -(seekOffset ?? 10) }),
  seekforward: ({ seekOffset }) => tell("player:seek", { by: seekOffset ?? 10 }),
};

const offer = (name, act) => {
  try {
    session.setActionHandler(name, act);
  } catch {
    // this browser's lock screen has no such button
  }
};

// The tab says what sounds before the name of its page, which htmx changes with each link.
const tab = document.querySelector("title");
let page = document.title;
let sounding = "";
let current = null;

const label = () => {
  const text = sounding ? `${sounding} · ${page}` : page;
  if (document.title !== text) document.title = text;
};

new MutationObserver(() => {
  if (document.title !== `${sounding} · ${page}`) page = document.title;
  label();
}).observe(tab, { childList: true });

hear("player:change", ({ entry }) => {
  current = entry;
});

hear("player:state", ({ playing }) => {
  sounding = playing ? `${current.title}, ${current.artist}` : "";
  label();
});

if (session) {
  hear("player:change", show);
  hear("player:time", place);
  hear("player:state", ({ playing }) => {
    session.playbackState = playing ? "playing" : "paused";
  });
  for (const [name, act] of Object.entries(actions)) offer(name, act);
}
