// What sounds. One of two media elements plays, the other holds the track that comes next, so that one follows the
// other without a gap. The queue says which tracks, trouble.js what to do when one does not play.

import { hear, tell } from "./events.js";

const SAVE_EVERY = 5; // seconds
const PREPARE_BEFORE = 30; // seconds before the end the next track is fetched
const NEAR = 0.6; // seconds before the end its start is timed: "timeupdate" comes four times a second
const RING = 500; // milliseconds in which the last sound of a track may die away when the next one plays
const LEAD = 0.03; // seconds from play() to sound; docs/frontend.md has what was measured
const BREATH = 0.01; // seconds of the silence around a track that stay

const places = new Map(); // element -> where to start, once the length is known
const allowed = new Set(); // elements that have sounded

// What this browser does not play, for the server, which has it converted; everything plays MP3.
const KINDS = {
  ogg: ['audio/ogg; codecs="vorbis"', 'audio/ogg; codecs="opus"'],
  webm: ['audio/webm; codecs="opus"'],
  mp4: ['audio/mp4; codecs="mp4a.40.2"'],
  flac: ["audio/flac"],
  wav: ["audio/wav"],
};
const YEAR = 31_536_000; // seconds

let [audio, spare] = document.querySelectorAll("#player audio");
let entry = null;
let upcoming = null; // the entry in `spare`
let saved = 0;
let asked = false; // for what comes next
let wanted = false; // that it sounds; an element that fails says that it is paused
let hold = false; // stop when this track is over
let timer = 0; // of the next track's start
let loudness = { level: 1, muted: false, even: true };

const lacking = Object.keys(KINDS).filter((kind) => KINDS[kind].some((type) => !audio.canPlayType(type)));
document.cookie = `lacks=${lacking.join(".")}; path=/; samesite=lax; max-age=${lacking.length ? YEAR : 0}`;

const balance = (deck, { gain }) => {
  deck.volume = loudness.level * (loudness.even ? gain : 1);
  deck.muted = loudness.muted;
};

const state = () => {
  const playing = Boolean(entry) && !audio.paused;
  tell("player:state", { id: entry?.id ?? "", playing, waiting: playing && audio.readyState < audio.HAVE_FUTURE_DATA });
};

// `at`: seconds; `share`: of the whole track; neither: where the music begins.
const open = (deck, { src, begins }, at = 0, share = 0) => {
  places.set(deck, (length) => share * length || at || Math.max(begins - BREATH, 0));
  deck.src = src;
};

const close = (deck) => {
  deck.removeAttribute("src");
  deck.load();
};

const swap = () => {
  const old = audio;
  [audio, spare] = [spare, audio];
  [spare.id, audio.id] = ["audio-next", "audio"];
  audio.preload = "auto";
  upcoming = null;
  setTimeout(() => old !== audio && old.pause(), RING);
};

// Some browsers let only that element sound which was clicked for: then it takes the track over.
const start = () => {
  wanted = true;
  return audio.play().catch((error) => {
    if (error.name !== "NotAllowedError") return undefined;
    if (!allowed.has(spare)) return tell("player:problem", { text: "Press play: the browser wants a click before it plays." });
    const at = audio.currentTime;
    allowed.clear();
    swap();
    open(audio, entry, at);
    return start();
  });
};

const rest = () => {
  wanted = false;
  audio.pause();
};

// How far the sound is here already, from where it plays.
const buffered = () => {
  const ranges = [...Array(audio.buffered.length).keys()].map((one) => [audio.buffered.start(one), audio.buffered.end(one)]);
  return ranges.find(([from, to]) => from <= audio.currentTime + 1 && to >= audio.currentTime)?.[1] ?? 0;
};

const position = () => {
  const { currentTime: seconds, duration: length } = audio;
  tell("player:time", { id: entry.id, seconds, length, loaded: buffered() });
  return { left: Math.min(length, entry.ends + BREATH) - seconds, seconds };
};

const over = () => {
  tell("player:finished");
  tell("queue:next", { ended: true, play: !hold });
};

// The next track begins while the last moment of this one sounds: play() takes a moment.
const relay = () => {
  if (hold || audio.paused || spare.readyState < spare.HAVE_FUTURE_DATA) return;
  balance(spare, upcoming);
  spare.play().catch(() => {}); // start() finds out why
  over();
};

const ready = (src) => upcoming?.src === src && !spare.error;

const follow = () => {
  if (spare.paused) audio.pause(); // somebody chose it; at the end of a track it sounds already
  swap();
};

const replace = (next, at, share) => {
  if (upcoming) close(spare);
  upcoming = null;
  open(audio, next, at, share);
};

hear("player:load", ({ entry: next, play, at, share }) => {
  clearTimeout(timer);
  entry = next;
  saved = 0;
  asked = false;
  if (!at && !share && ready(next.src)) follow();
  else replace(next, at, share);
  balance(audio, entry);
  tell("player:change", { entry });
  if (!play) rest();
  else if (audio.paused) start();
  state();
  if (audio.readyState) position();
});

hear("player:prepare", ({ entry: next }) => {
  if (upcoming?.src === next?.src) return;
  upcoming = next ?? null;
  spare.preload = "auto";
  if (next) open(spare, next);
  else close(spare);
});

// Only while nothing plays: the line and the second element belong to what does, and to what follows it. Where formats
// are missing a track may be converted because of it, which is too much for one that is only pointed at.
hear("player:expect", ({ entry: next }) => {
  if (lacking.length || wanted || asked || next.unmade || [entry?.src, upcoming?.src].includes(next.src)) return;
  upcoming = next;
  spare.preload = "metadata"; // most that is pointed at is not pressed
  open(spare, next);
});

hear("player:toggle", ({ on = audio.paused }) => {
  if (!entry) return;
  if (on) start();
  else rest();
});

hear("player:ask", state);

hear("player:stop", () => {
  rest();
  state();
});

hear("player:hold", ({ on }) => {
  hold = on;
});

hear("player:seek", ({ to, by: step, share }) => {
  if (!entry || !Number.isFinite(audio.duration)) return;
  const goal = to ?? (share !== undefined ? share * audio.duration : audio.currentTime + step);
  clearTimeout(timer);
  audio.currentTime = Math.min(Math.max(goal, 0), audio.duration);
  position();
});

hear("player:previous", () => {
  if (audio.currentTime > entry?.begins + 3) tell("player:seek", { to: 0 });
  else tell("queue:previous");
});

hear("player:next", () => {
  tell("player:skipped");
  tell("queue:next");
});

hear("player:retry", () => {
  if (entry && wanted && audio.readyState < audio.HAVE_FUTURE_DATA) handlers.error();
});

hear("player:level", (chosen) => {
  loudness = chosen;
  if (entry) balance(audio, entry);
  if (upcoming) balance(spare, upcoming);
});

// Another order, another successor.
hear("queue:changed", () => asked && tell("queue:prepare"));

const handlers = {
  timeupdate: () => {
    const { left, seconds } = position();
    if (left < PREPARE_BEFORE && !asked) {
      asked = true;
      tell("queue:prepare");
    }
    clearTimeout(timer);
    if (left < NEAR && upcoming) timer = setTimeout(relay, Math.max(left - LEAD, 0) * 1000);
    if (Math.abs(seconds - saved) < SAVE_EVERY) return;
    saved = seconds;
    tell("queue:position", { seconds });
  },
  progress: position,
  pause: () => tell("queue:position", { seconds: audio.currentTime }),
  playing: () => {
    allowed.add(audio);
    tell("player:sounds");
  },
  ended: over,
  error: () => tell("player:error", { entry, at: audio.currentTime, play: wanted }),
  loadedmetadata: position,
};
const STATES = ["play", "pause", "playing", "waiting", "seeking", "seeked", "canplay", "error"];

for (const deck of [audio, spare]) {
  deck.addEventListener("loadedmetadata", () => {
    const from = places.get(deck)?.(deck.duration);
    if (from) deck.currentTime = from;
    places.delete(deck);
  });
  const when = (name, act) => deck.addEventListener(name, () => entry && deck === audio && act());
  for (const [name, act] of Object.entries(handlers)) when(name, act);
  for (const name of STATES) when(name, state);
}

window.addEventListener("pagehide", () => entry && tell("queue:position", { seconds: audio.currentTime }));
