// The queue: which tracks play, in which order, and where we are. Kept over reloads as track ids; the server renders
// the rows again, with fresh addresses of the sound. queue-panel.js shows it.

import { fresh } from "./entries.js";
import { hear, storage, tell } from "./post.js";

const KEY = "segue.queue";
const AT_ONCE = 200; // rows in one request, as many as the server answers
const WAY = 3000; // milliseconds that the line is left to the sound that was asked for
const REPEATS = ["off", "all", "one"];
const REPEATED = { off: "Nothing is repeated.", all: "The queue is repeated.", one: "This track is repeated." };

let entries = [];
let index = -1;
let radio = "";
let over = ""; // why a radio has nothing more
let ordered = null; // the order before it was shuffled
let repeat = "off";
let at = 0; // seconds
let before = null; // what "undo" brings back
let resuming = false; // what is stored is more than what is here
let filling = 0; // number of the list whose later pages are fetched

const changed = () => {
  const ids = entries.map(({ id }) => id);
  if (!resuming) storage.write(KEY, { ids, index, radio, at, repeat });
  tell("queue:changed", { entries, index, radio, repeat, shuffled: Boolean(ordered), undo: Boolean(before) });
};

const remember = () => {
  before = entries.length ? { entries: [...entries], ordered, radio, index } : null;
};

const load = (to, { play = true, from = 0, share = 0 } = {}) => {
  index = to;
  at = from;
  tell("player:load", { entry: entries[index], play, at, share });
  changed(); // afterwards: the player asks for another successor when it hears this
};

const mixed = (list) => {
  const found = [...list];
  for (let last = found.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [found[last], found[other]] = [found[other], found[last]];
  }
  return found;
};

const shuffle = () => {
  const current = entries[index];
  if (ordered) {
    const here = new Set(entries);
    const known = new Set(ordered);
    entries = [...ordered.filter((entry) => here.has(entry)), ...entries.filter((entry) => !known.has(entry))];
    ordered = null;
  } else {
    ordered = entries;
    entries = [...(current ? [current] : []), ...mixed(entries.filter((entry) => entry !== current))];
  }
  index = entries.indexOf(current);
};

const parts = (ids) => [...Array(Math.ceil(ids.length / AT_ONCE)).keys()].map((one) => ids.slice(one * AT_ONCE, (one + 1) * AT_ONCE));

const sounding = () =>
  new Promise((done) => {
    document.addEventListener("player:sounds", done, { once: true });
    setTimeout(done, WAY);
  });

// A long list is shown in pages and plays as a whole.
const follow = async (ids) => {
  filling += 1;
  const mine = filling;
  if (ids.length) await sounding(); // 200 rows weigh as much as its first second
  for (const part of parts(ids)) {
    if (mine !== filling) return;
    const more = await fresh(part);
    if (mine !== filling) return;
    entries = [...entries, ...(ordered ? mixed(more) : more)];
    if (ordered) ordered = [...ordered, ...more];
    changed();
  }
};

const following = () => (index + 1 < entries.length ? index + 1 : repeat === "off" ? -1 : 0);

const after = (ended) => (ended && repeat === "one" ? index : following());

hear("track:play", (detail) => {
  remember();
  resuming = false;
  ({ entries, radio, index } = detail);
  over = "";
  const again = ordered && !radio;
  ordered = null;
  if (detail.shuffled) index = Math.floor(Math.random() * entries.length);
  if (detail.shuffled || again) shuffle();
  load(index, { share: detail.share });
  follow(detail.later ?? []).catch(() => tell("player:problem", { text: "The rest of the list could not be fetched." }));
});

hear("queue:add", ({ entries: more, next }) => {
  const title = more.length === 1 ? `“${more[0].title}”` : `${more.length} tracks`;
  entries = next ? [...entries.slice(0, index + 1), ...more, ...entries.slice(index + 1)] : [...entries, ...more];
  if (ordered) ordered = [...ordered, ...more];
  if (index < 0) load(0, { play: false });
  else changed();
  tell("player:note", { text: next ? `${title}: plays next.` : `${title}: at the end of the queue.` });
});

hear("queue:next", ({ ended, play = true }) => {
  const next = after(ended);
  if (entries[next]) return load(next, { play });
  tell("player:stop");
  return entries.length && tell("player:note", { text: (radio && over) || "That was the last track of the queue." });
});

hear("queue:previous", () => {
  if (index > 0) load(index - 1);
});

hear("queue:prepare", () => tell("player:prepare", { entry: entries[after(true)] }));

// A radio repeats itself only when the server has nothing else.
hear("queue:steer", ({ fresh: more, from, over: last }) => {
  if (!radio || from !== radio) return;
  const known = new Set(entries.slice(0, index + 1).map(({ id }) => id));
  const unheard = more.filter(({ id }) => !known.has(id));
  entries = [...entries.slice(0, index + 1), ...(unheard.length ? unheard : more.filter(({ id }) => id !== entries[index]?.id))];
  over = last;
  changed();
});

// The signed address of a sound may have expired over night.
hear("queue:renew", ({ found, at: from, play }) => {
  const old = entries[index];
  if (old?.id !== found.id) return;
  ordered = ordered?.map((entry) => (entry === old ? found : entry)) ?? null;
  entries = entries.map((entry) => (entry === old ? found : entry));
  load(index, { from, play });
});

hear("queue:position", ({ seconds }) => {
  at = seconds;
  storage.write(KEY, { ...storage.read(KEY), at });
});

// -- by hand

hear("queue:pick", ({ position }) => load(position));

hear("queue:move", ({ from, to }) => {
  if (!entries[from] || !entries[to] || from === to) return;
  const current = entries[index];
  entries = entries.toSpliced(from, 1).toSpliced(to, 0, entries[from]);
  index = entries.indexOf(current);
  changed();
});

hear("queue:remove", ({ position }) => {
  if (!entries[position]) return;
  remember();
  const playing = position === index;
  entries = entries.toSpliced(position, 1);
  if (position < index) index -= 1;
  if (playing && entries.length) return load(Math.min(index, entries.length - 1));
  if (playing) {
    index = -1;
    tell("player:stop");
  }
  return changed();
});

hear("queue:clear", () => {
  remember();
  filling += 1;
  resuming = false;
  entries = entries.filter((_, position) => position === index);
  [index, radio, ordered] = [entries.length - 1, "", null];
  changed();
});

hear("queue:undo", () => {
  if (!before) return;
  const current = entries[index];
  filling += 1;
  ({ entries, ordered, radio, index } = before);
  before = null;
  if (current && !entries.includes(current)) {
    const twin = entries.findIndex(({ id }) => id === current.id); // the same track, from another page
    entries = twin < 0 ? entries.toSpliced(index + 1, 0, current) : entries.with(twin, current);
  }
  index = Math.max(entries.indexOf(current), 0);
  changed();
});

hear("queue:shuffle", () => {
  shuffle();
  changed();
  tell("player:note", { text: ordered ? "Shuffled." : "In order again." });
});

hear("queue:repeat", () => {
  repeat = REPEATS[(REPEATS.indexOf(repeat) + 1) % REPEATS.length];
  changed();
  tell("player:note", { text: REPEATED[repeat] });
});

// -- after a reload: the track that played and what is around it, then what follows, then what was before

const restore = async (kept) => {
  const wanted = parts(kept.ids);
  const here = Math.max(Math.floor(kept.index / AT_ONCE), 0);
  const found = await fresh(wanted[here]);
  if (!resuming) return;
  const known = new Set(found.map(({ id }) => id));
  const rank = kept.ids.slice(here * AT_ONCE, kept.index).filter((id) => known.has(id)).length;
  entries = found;
  radio = kept.radio ?? "";
  repeat = REPEATS.includes(kept.repeat) ? kept.repeat : "off";
  if (found.length) load(Math.min(rank, found.length - 1), { play: false, from: found[rank]?.id === kept.ids[kept.index] ? kept.at : 0 });
  const order = [...wanted.keys()];
  for (const number of [...order.slice(here + 1), ...order.slice(0, here).reverse()]) {
    const more = await fresh(wanted[number]);
    if (!resuming) return;
    if (number > here) entries = [...entries, ...more];
    else [entries, index] = [[...more, ...entries], index + more.length];
  }
  resuming = false;
  changed();
};

const kept = storage.read(KEY);
if (kept?.ids?.length) {
  resuming = true;
  restore(kept).catch(() => tell("player:problem", { text: "The queue could not be fetched. Load the page again." }));
}
