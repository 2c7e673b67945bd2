// The queue: which tracks play, in which order, and where we are. Kept over reloads as track ids; the server renders
// the rows again, with fresh addresses of the sound. queue-order.js says what becomes of it, queue-panel.js shows it.

import { AT_ONCE, fresh } from "./entries.js";
import { hear, tell } from "./events.js";
import * as order from "./queue-order.js";
import { storage } from "./storage.js";

const KEY = "segue.queue";
const WAY = 3000; // milliseconds that the line is left to the sound that was asked for
const REPEATED = { off: "Nothing is repeated.", all: "The queue is repeated.", one: "This track is repeated." };

let queue = order.EMPTY;
let over = ""; // why a radio has nothing more
let at = 0; // seconds
let before = null; // what "undo" brings back
let resuming = false; // what is stored is more than what is here
let restored = null; // promise: what was stored is here
let filling = 0; // number of the list whose later pages are fetched

const changed = () => {
  const { entries, index, radio, repeat, ordered } = queue;
  const ids = entries.map(({ id }) => id);
  if (!resuming) storage.write(KEY, { ids, index, radio, at, repeat });
  tell("queue:changed", { entries, index, radio, repeat, shuffled: Boolean(ordered), undo: Boolean(before) });
};

const become = (next) => {
  queue = next;
  changed();
};

const remember = () => {
  before = queue.entries.length ? queue : null;
};

const load = (index, { play = true, from = 0, share = 0 } = {}) => {
  queue = { ...queue, index };
  at = from;
  tell("player:load", { entry: queue.entries[index], play, at, share });
  changed(); // afterwards: the player asks for another successor when it hears this
};

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
  for (const part of order.parts(ids, AT_ONCE)) {
    if (mine !== filling) return;
    const more = await fresh(part);
    if (mine !== filling) return;
    become(order.lengthened(queue, more));
  }
};

// A radio from what plays already goes on with its sound.
const begin = (share, plays) => {
  if (!queue.radio || plays !== queue.entries[queue.index].id) return load(queue.index, { share });
  tell("player:toggle", { on: true });
  return changed();
};

hear("track:play", ({ entries, index, radio, shuffled, share, later = [] }) => {
  const plays = queue.entries[queue.index]?.id;
  remember();
  resuming = false;
  over = "";
  const again = shuffled || (queue.ordered && !radio);
  const first = shuffled ? Math.floor(Math.random() * entries.length) : index;
  queue = { ...queue, entries, radio, index: first, ordered: null };
  if (again) queue = order.shuffled(queue);
  begin(share, plays);
  follow(later).catch(() => tell("player:problem", { text: "The rest of the list could not be fetched." }));
});

const add = ({ entries: more, next }) => {
  const title = more.length === 1 ? `“${more[0].title}”` : `${more.length} tracks`;
  queue = order.added(queue, more, next);
  if (queue.index < 0) load(0, { play: false });
  else changed();
  tell("player:note", { text: next ? `${title}: plays next.` : `${title}: at the end of the queue.` });
};

hear("queue:add", async (more) => {
  if (resuming) await restored; // what comes back would take the place of what is added before
  add(more);
});

hear("queue:next", ({ ended, play = true }) => {
  const next = ended ? order.after(queue) : order.following(queue);
  if (queue.entries[next]) return load(next, { play });
  tell("player:stop");
  return queue.entries.length && tell("player:note", { text: (queue.radio && over) || "That was the last track of the queue." });
});

hear("queue:previous", () => {
  if (queue.index > 0) load(queue.index - 1);
});

hear("queue:prepare", () => tell("player:prepare", { entry: queue.entries[order.after(queue)] }));

hear("queue:steer", ({ fresh: more, from, over: last }) => {
  if (!queue.radio || from !== queue.radio) return;
  over = last;
  become(order.steered(queue, more));
});

// The signed address of a sound may have expired over night.
hear("queue:renew", ({ found, at: from, play }) => {
  if (queue.entries[queue.index]?.id !== found.id) return;
  queue = order.renewed(queue, found);
  load(queue.index, { from, play });
});

hear("queue:position", ({ seconds }) => {
  at = seconds;
  storage.write(KEY, { ...storage.read(KEY), at });
});

// -- by hand

hear("queue:pick", ({ position }) => load(position));

hear("queue:move", ({ from, to }) => {
  if (queue.entries[from] && queue.entries[to] && from !== to) become(order.moved(queue, from, to));
});

hear("queue:remove", ({ position }) => {
  if (!queue.entries[position]) return;
  remember();
  const playing = position === queue.index;
  queue = order.removed(queue, position);
  if (playing && queue.entries.length) load(queue.index);
  else {
    if (playing) tell("player:stop");
    changed();
  }
});

hear("queue:clear", () => {
  remember();
  filling += 1;
  resuming = false;
  become(order.cleared(queue));
});

hear("queue:undo", () => {
  if (!before) return;
  filling += 1;
  const found = order.undone(queue, before);
  before = null;
  become(found);
});

hear("queue:shuffle", () => {
  become(queue.ordered ? order.straightened(queue) : order.shuffled(queue));
  tell("player:note", { text: queue.ordered ? "Shuffled." : "In order again." });
});

hear("queue:repeat", () => {
  const { REPEATS } = order;
  const repeat = REPEATS[(REPEATS.indexOf(queue.repeat) + 1) % REPEATS.length];
  become({ ...queue, repeat });
  tell("player:note", { text: REPEATED[repeat] });
});

// -- after a reload: the track that played and what is around it, then what follows, then what was before

const resume = (kept, part, rank, found) => {
  const repeat = order.REPEATS.includes(kept.repeat) ? kept.repeat : "off";
  queue = { ...queue, entries: found, radio: kept.radio ?? "", repeat };
  const { index, same } = order.resumed(part, rank, found);
  if (found.length) load(index, { play: false, from: same ? kept.at : 0 });
};

const restore = async (kept) => {
  const wanted = order.parts(kept.ids, AT_ONCE);
  const current = Math.max(kept.index, 0);
  const here = Math.floor(current / AT_ONCE);
  const found = await fresh(wanted[here]);
  if (!resuming) return;
  resume(kept, wanted[here], current % AT_ONCE, found);
  const numbers = [...wanted.keys()];
  for (const number of [...numbers.slice(here + 1), ...numbers.slice(0, here).reverse()]) {
    const more = await fresh(wanted[number]);
    if (!resuming) return;
    queue = number > here ? order.lengthened(queue, more) : order.preceded(queue, more);
  }
  resuming = false;
  changed();
};

const stored = storage.read(KEY);
if (stored?.ids?.length) {
  resuming = true;
  restored = restore(stored).catch(() => tell("player:problem", { text: "The queue could not be fetched. Load the page again." }));
}
