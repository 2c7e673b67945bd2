// The bar of the player grows over the whole page, and becomes a bar again: by its buttons, a swipe, Back or Escape.

import { cover, uncover } from "./covers.js";
import { large } from "./entries.js";
import { hear } from "./events.js";
import { lead } from "./links.js";
import { after } from "./queue-order.js";

const PULL = 72; // pixels that a finger pulls the view down until it stays there
const FLICK = 24; // pixels that it pushes the bar up

const player = document.getElementById("player");
const opener = document.getElementById("now-open");
const closer = document.getElementById("now-close");
const art = document.getElementById("player-art");
const repeat = document.getElementById("now-repeat");
const by = (id) => document.getElementById(`now-${id}`);

const narrow = matchMedia("(max-width: 52rem)");

let shown = false;
let queued = false; // the queue is shown

const sharpen = () => {
  const image = art.querySelector("img");
  if (shown && image) image.src = large(image);
};

// The page under it is out of reach of keys and screen readers. On a phone the queue takes the page, above the bar.
const put = (on) => {
  shown = on;
  const whole = on && !(queued && narrow.matches);
  document.body.classList.toggle("has-now", on);
  player.classList.toggle("player--whole", whole);
  for (const under of document.querySelectorAll(".skip, .header, #main")) under.inert = on;
  opener.setAttribute("aria-expanded", String(on));
  if (whole) player.setAttribute("role", "dialog");
  else player.removeAttribute("role");
  player.setAttribute("aria-label", whole ? "Now playing" : "Player");
};

const hide = () => {
  put(false);
  opener.focus();
};

const show = () => {
  if (shown || player.hidden) return;
  put(true);
  sharpen();
  player.scrollTop = 0;
  closer.focus();
  cover(hide);
};

const close = () => shown && uncover(hide);

opener.addEventListener("click", show);
closer.addEventListener("click", close);
hear("now:toggle", () => (shown ? close() : show()));

hear("queue:shown", ({ on }) => {
  queued = on;
  put(shown);
});

narrow.addEventListener("change", () => put(shown));

hear("player:change", ({ entry }) => {
  sharpen();
  by("why").textContent = entry.why;
  by("why").hidden = !entry.why;
  lead(by("alike"), entry.href);
  lead(by("keep"), player.dataset.keepUrl.replace("/0/", `/${entry.id}/`));
  by("radio").elements.from.value = `track:${entry.id}`;
});

hear("queue:changed", (queue) => {
  const next = queue.entries[after(queue)];
  by("next").hidden = !next;
  by("next-title").textContent = next ? `${next.title} · ${next.artist}` : "";
  by("shuffle").setAttribute("aria-pressed", String(queue.shuffled));
  by("title").textContent = queue.radio ? "Radio" : "Now playing";
  repeat.setAttribute("aria-label", `Repeat: ${queue.repeat}`);
  repeat.classList.toggle("icon-button--on", queue.repeat !== "off");
  repeat.querySelector("use").setAttribute("href", queue.repeat === "one" ? "#i-repeat-one" : "#i-repeat");
});

// -- by a finger: the bar is pushed up, the view pulled down by its head or its cover

let from = null; // where it went down

const pulled = ({ clientY }) => clientY - from;

const release = () => {
  from = null;
  player.classList.remove("player--pulled");
  player.style.removeProperty("--pull");
};

player.addEventListener("pointerdown", (event) => {
  const grip = shown ? ".player__head, .player__art" : ".player__now";
  if (event.pointerType !== "mouse" && event.target.closest(grip)) from = event.clientY;
});

player.addEventListener("pointermove", (event) => {
  if (from === null || !shown) return;
  player.classList.add("player--pulled");
  player.style.setProperty("--pull", `${Math.max(pulled(event), 0)}px`);
});

player.addEventListener("pointerup", (event) => {
  if (from === null) return;
  const way = pulled(event);
  release();
  if (shown && way > PULL) close();
  else if (!shown && way < -FLICK) show();
});

player.addEventListener("pointercancel", release);
