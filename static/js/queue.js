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

const save = (at = 0) =>
  storage.write(KEY, { ids: entries.map(({ id }) => id), index, radio, at });

const draw = () => {
  list.replaceChildren(
    ...entries.map((entry, position) => {
      const row = item.content.firstElementChild.cloneNode(true);
      row.querySelector(".art").append(entry.art.cloneNode(true));
      row.querySelector(".track__title").textContent = entry.title;
      row.querySelector(".track__by").textContent = entry.artist;
      row.querySelector(".queue__pick").dataset.pick = position;
      row.querySelector(".queue__remove").dataset.remove = position;
      row.querySelector(".queue__remove").setAttribute("aria-label", `Remove ${entry.title} from the queue`);
      if (position === index) row.setAttribute("aria-current", "true");
      return row;
    }),
  );
  document.getElementById("queue-radio").hidden = !radio;
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
  ({ entries, radio } = detail);
  load(detail.index, { at: detail.at });
});

hear("queue:next", () => {
  if (index + 1 < entries.length) load(index + 1);
  else tell("player:stop");
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
  entries[index] = found;
  return load(index, { at });
});

hear("queue:toggle", toggle);

hear("queue:position", ({ seconds }) => save(seconds));

list.addEventListener("click", (event) => {
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
