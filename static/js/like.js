// The heart of what plays, and all other hearts of the same track: the server draws them, here they agree.

import { hear } from "./events.js";
import { fragment } from "./server.js";

const place = document.getElementById("player-like");
const { likeUrl } = document.getElementById("player").dataset;

let current = "";
let wished = false; // before the heart was here
let focused = false;

const put = (form) => {
  place.replaceChildren(form);
  window.htmx.process(form);
  if (wished) form.querySelector("button").click();
  wished = false;
};

const heart = (page) => document.adoptNode(page.querySelector(".like"));

hear("player:change", async ({ entry }) => {
  if (entry.id === current) return;
  current = entry.id;
  wished = false;
  place.replaceChildren();
  try {
    const answer = await fetch(likeUrl.replace("/0/", `/${entry.id}/`), { headers: { "HX-Request": "true" } });
    const form = heart(await fragment(answer));
    if (entry.id === current) put(form);
  } catch {
    current = ""; // no heart for now: the next time that this track is loaded
  }
});

hear("player:like", () => {
  const button = place.querySelector("button");
  if (button) button.click();
  else wished = true;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  focused = event.target.matches(".like") && event.target.contains(document.activeElement);
});

// The heart that was pressed is another element now: give the focus back.
document.addEventListener("htmx:load", (event) => {
  const form = event.detail.elt;
  if (!form.matches?.(".like")) return;
  if (focused) form.querySelector("button").focus();
  focused = false;
  const pressed = (one) => one.querySelector("button").getAttribute("aria-pressed");
  for (const other of document.querySelectorAll(".like")) {
    if (other.action !== form.action || pressed(other) === pressed(form)) continue;
    const twin = form.cloneNode(true);
    other.replaceWith(twin);
    window.htmx.process(twin);
  }
});
