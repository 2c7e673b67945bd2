// The queue: which tracks play, in which order, and where we are. Kept over reloads as track ids; the server renders
// the rows again, with fresh addresses of the sound.

import { entries as readEntries } from "./entries.js";
import { fragment, hear, storage, tell } from "./post.js";

const KEY = "segue.queue";
const player = document.getElementById("player");
const panel = document.getElementById("queue");
const list = document.getElementById("queue-list");
const item = document.getElementById("queue-item");

let entries = [];
let index = -1;
let radio = "";
let ordered = null; // the order before it was shuffled
let repeat = "off"; // then "all", then "one"

const REPEATS = ["off", "all", "one"];

const save = (at = 0) =>
  storage.write(KEY, { ids: entries.map(({ id }) => id), index, radio, at, repeat });

const draw = () => {
  list.replaceChildren(
    ...entries.map((entry, position) => {
      const row = item.content.firstElementChild.cloneNode(true);
      row.querySelector(".art").append(entry.art.cloneNode(true));
      row.querySelector(".track__title").textContent = entry.title;
      row.querySelector(".track__by").textContent = entry.artist;
      row.querySelector(".queue__pick").dataset.pick = position;
      row.querySelector(".queue__remove").dataset.remove = position;
      for (const name of ["up", "down"]) {
        const button = row.querySelector(`.queue__${name}`);
        button.dataset.move = position + (name === "up" ? -1 : 1);
        button.disabled = !entries[button.dataset.move];
        button.setAttribute("aria-label", `Move ${entry.title} ${name}`);
      }
      row.dataset.position = position;
      row.querySelector(".queue__remove").setAttribute("aria-label", `Remove ${entry.title} from the queue`);
      if (position === index) row.setAttribute("aria-current", "true");
      return row;
    }),
  );
  document.getElementById("queue-radio").hidden = !radio;
  panel.querySelector('[data-tool="shuffle"]').setAttribute("aria-pressed", String(Boolean(ordered)));
  panel.querySelector('[data-tool="repeat"] span').textContent = repeat;
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
  const rest = entries.filter((entry) => entry !== current);
  if (ordered) {
    const before = ordered.filter((entry) => entries.includes(entry));
    entries = [...before, ...rest.filter((entry) => !before.includes(entry))];
    ordered = null;
  } else {
    ordered = entries;
    entries = [...(current ? [current] : []), ...mixed(rest)];
  }
  index = entries.indexOf(current);
};

const move = (from, to) => {
  const current = entries[index];
  entries.splice(to, 0, ...entries.splice(from, 1));
  index = entries.indexOf(current);
  draw();
  save();
};

// A link of its own for each visit, so that the page changes as with every other link and the sound goes on. It stays
// until the next one: htmx asks it where the answer belongs.
const visit = (address) => {
  panel.querySelector("[data-visit]")?.remove();
  const link = document.createElement("a");
  Object.assign(link, { href: address, hidden: true });
  link.dataset.visit = "";
  panel.append(link);
  window.htmx.process(link);
  link.click();
};

const tools = {
  shuffle,
  repeat: () => {
    repeat = REPEATS[(REPEATS.indexOf(repeat) + 1) % REPEATS.length];
  },
  dj: () => entries.length && visit(`${panel.dataset.dj}?ids=${entries.map(({ id }) => id).join(",")}`),
};

const load = (to, { play = true, at = 0 } = {}) => {
  index = to;
  draw();
  save(at);
  tell("player:load", { entry: entries[index], play, at });
};

const rows = async (ids) => readEntries(await fragment(await fetch(`${player.dataset.queueUrl}?ids=${ids.join(",")}`)));

const resume = async () => {
  const kept = storage.read(KEY);
  if (!kept?.ids?.length) return;
  const found = await rows(kept.ids);
  if (!found.length || entries.length) return;
  entries = found;
  radio = kept.radio ?? "";
  repeat = REPEATS.includes(kept.repeat) ? kept.repeat : "off";
  const to = Math.max(0, found.findIndex(({ id }) => id === kept.ids[kept.index]));
  load(to, { play: false, at: kept.at ?? 0 });
};

const toggle = () => {
  panel.hidden = !panel.hidden;
  document.getElementById("queue-toggle").setAttribute("aria-expanded", String(!panel.hidden));
  if (!panel.hidden) panel.querySelector("button").focus();
  else document.getElementById("queue-toggle").focus();
};

hear("track:play", (detail) => {
  ({ entries, radio, index } = detail);
  if (ordered) {
    ordered = null;
    if (!radio) shuffle();
  }
  load(index, { at: detail.at });
});

const following = () => (index + 1 < entries.length ? index + 1 : repeat === "off" ? -1 : 0);

hear("queue:next", ({ ended }) => {
  const next = ended && repeat === "one" ? index : following();
  if (entries[next]) load(next);
  else tell("player:stop");
});

hear("queue:prepare", () => {
  const next = repeat === "one" ? undefined : entries[following()];
  if (next) tell("player:prepare", { entry: next });
});

hear("queue:previous", () => {
  if (index > 0) load(index - 1);
});

hear("queue:steer", ({ fresh, from }) => {
  if (!radio || from !== radio) return;
  const known = new Set(entries.slice(0, index + 1).map(({ id }) => id));
  entries = [...entries.slice(0, index + 1), ...fresh.filter(({ id }) => !known.has(id))];
  draw();
  save();
});

// The signed address of a sound may have expired over night: fetch the row again and go on.
hear("queue:refresh", async ({ id, at }) => {
  const [found] = await rows([id]).catch(() => []);
  if (!found || entries[index]?.id !== id) return tell("player:problem", { text: "This track is gone." });
  ordered = ordered?.map((entry) => (entry === entries[index] ? found : entry)) ?? null;
  entries[index] = found;
  return load(index, { at });
});

hear("queue:toggle", toggle);

hear("queue:position", ({ seconds }) => save(seconds));

panel.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]")?.dataset.tool;
  if (!tool) return;
  tools[tool]();
  draw();
  save();
});

list.addEventListener("dragstart", (event) => {
  event.dataTransfer.setData("text/plain", event.target.closest("[data-position]").dataset.position);
});

list.addEventListener("dragover", (event) => event.preventDefault());

list.addEventListener("drop", (event) => {
  event.preventDefault();
  const target = event.target.closest("[data-position]");
  const from = Number(event.dataTransfer.getData("text/plain"));
  if (target && entries[from]) move(from, Number(target.dataset.position));
});

list.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (mover) {
    const to = Number(mover.dataset.move);
    move(Number(mover.closest("[data-position]").dataset.position), to);
    const row = list.children[to];
    const again = row.querySelector(mover.classList.contains("queue__up") ? ".queue__up" : ".queue__down");
    return (again.disabled ? row.querySelector(".queue__pick") : again).focus();
  }
  const pick = event.target.closest("[data-pick]");
  if (pick) return load(Number(pick.dataset.pick));
  const remove = event.target.closest("[data-remove]");
  if (!remove) return undefined;
  const position = Number(remove.dataset.remove);
  const playing = position === index;
  entries.splice(position, 1);
  if (position < index) index -= 1;
  if (!entries.length) {
    index = -1;
    draw();
    save();
    return tell("player:stop");
  }
  if (playing) return load(Math.min(index, entries.length - 1));
  draw();
  return save();
});

resume().catch(() => storage.write(KEY, null));
