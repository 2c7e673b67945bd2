// What becomes of a queue: which track follows, what is added, moved, taken out, mixed, brought back. Each function
// takes a queue and returns another one; nothing here tells anybody, so all of it is tested without a page.
//
// A queue: `entries`; `index` of the one that plays, -1 if none does; `radio`, its address or empty; `ordered`, the
// order before it was shuffled, or null; `repeat`, one of REPEATS.

export const REPEATS = ["off", "all", "one"];
export const EMPTY = { entries: [], index: -1, radio: "", ordered: null, repeat: "off" };

const mixed = (list) => {
  const found = [...list];
  for (let last = found.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [found[last], found[other]] = [found[other], found[last]];
  }
  return found;
};

const inserted = (list, at, more) => [...list.slice(0, at), ...more, ...list.slice(at)];

const without = (list, position) => list.filter((_, one) => one !== position);

const replaced = (list, old, found) => list.map((entry) => (entry === old ? found : entry));

// Shuffled behind the track that plays.
export const shuffled = (queue) => {
  const current = queue.entries[queue.index];
  const others = mixed(queue.entries.filter((entry) => entry !== current));
  return { ...queue, ordered: queue.entries, entries: current ? [current, ...others] : others, index: current ? 0 : -1 };
};

// In order again: what was taken out stays out, what came since is at the end.
export const straightened = (queue) => {
  const { entries, index, ordered } = queue;
  const here = new Set(entries);
  const known = new Set(ordered);
  const found = [...ordered.filter((entry) => here.has(entry)), ...entries.filter((entry) => !known.has(entry))];
  return { ...queue, ordered: null, entries: found, index: found.indexOf(entries[index]) };
};

// The place of the track that follows; -1 at the end.
export const following = ({ entries, index, repeat }) => {
  if (index + 1 < entries.length) return index + 1;
  return repeat === "off" ? -1 : 0;
};

// The same, when a track is over by itself.
export const after = (queue) => (queue.repeat === "one" ? queue.index : following(queue));

// `next`: right behind the track that plays, else at the end.
export const added = (queue, more, next) => {
  const at = next ? queue.index + 1 : queue.entries.length;
  return { ...queue, entries: inserted(queue.entries, at, more), ordered: queue.ordered && [...queue.ordered, ...more] };
};

// A later page of the list that plays.
export const lengthened = (queue, more) => {
  const longer = added(queue, more, false);
  return queue.ordered ? { ...longer, entries: [...queue.entries, ...mixed(more)] } : longer;
};

// An earlier page of it.
export const preceded = (queue, more) => ({
  ...queue,
  entries: [...more, ...queue.entries],
  ordered: queue.ordered && [...more, ...queue.ordered],
  index: queue.index < 0 ? -1 : queue.index + more.length,
});

// What comes next in a radio. It repeats itself only when the server has nothing else.
export const steered = (queue, more) => {
  const behind = queue.entries.slice(0, queue.index + 1);
  const known = new Set(behind.map(({ id }) => id));
  const unheard = more.filter(({ id }) => !known.has(id));
  const again = more.filter(({ id }) => id !== queue.entries[queue.index]?.id);
  return { ...queue, entries: [...behind, ...(unheard.length ? unheard : again)] };
};

// The track that plays with another address.
export const renewed = (queue, found) => {
  const old = queue.entries[queue.index];
  return { ...queue, entries: replaced(queue.entries, old, found), ordered: queue.ordered && replaced(queue.ordered, old, found) };
};

export const moved = (queue, from, to) => {
  const { entries, index } = queue;
  const found = inserted(without(entries, from), to, [entries[from]]);
  return { ...queue, entries: found, index: found.indexOf(entries[index]) };
};

// Where the track that plays is taken out, the one behind it is the next to play, or the last one.
export const removed = (queue, position) => {
  const entries = without(queue.entries, position);
  const index = position < queue.index ? queue.index - 1 : Math.min(queue.index, entries.length - 1);
  return { ...queue, entries, index };
};

// All but the track that plays.
export const cleared = (queue) => {
  const entries = queue.entries.filter((_, position) => position === queue.index);
  return { ...queue, entries, index: entries.length - 1, radio: "", ordered: null };
};

// The queue that was there before, with what plays now in it.
export const undone = (queue, before) => {
  const current = queue.entries[queue.index];
  let { entries } = before;
  if (current && !entries.includes(current)) {
    const twin = entries.find(({ id }) => id === current.id); // the same track, from another page
    entries = twin ? replaced(entries, twin, current) : inserted(entries, before.index + 1, [current]);
  }
  return { ...before, repeat: queue.repeat, entries, index: Math.max(entries.indexOf(current), 0) };
};

// `ids` as lists of `size`.
export const parts = (ids, size) =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, one) => ids.slice(one * size, (one + 1) * size));

// Where to go on after a reload: `found` are the entries that are left of `part`, ids among which the track with the
// id `current` was at `rank`. `same` is whether it is that track.
export const resumed = (part, rank, found) => {
  const known = new Set(found.map(({ id }) => id));
  const index = part.slice(0, rank).filter((id) => known.has(id)).length;
  return { index: Math.min(index, found.length - 1), same: found[index]?.id === part[rank] };
};
