// Entries of a playlist are dragged to another place. Buttons beside them do the same without a mouse, and without this.

import { tell } from "./post.js";

let dragged = null;

const list = () => document.querySelector("[data-entries]");

const rows = () => [...list().querySelectorAll("[data-entry]")];

const arm = () => {
  if (list()) for (const row of rows()) row.draggable = true;
};

const unmark = () => {
  for (const row of document.querySelectorAll(".track--target")) row.classList.remove("track--target");
};

const rowOf = (event) => event.target.closest?.("[data-entries] [data-entry]");

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.querySelector("[data-title]").textContent);
  dragged.classList.add("track--dragged");
});

document.addEventListener("dragover", (event) => {
  const over = dragged && rowOf(event);
  if (!over) return;
  event.preventDefault();
  unmark();
  over.classList.add("track--target");
});

document.addEventListener("drop", (event) => {
  const over = dragged && rowOf(event);
  if (!over || over === dragged) return;
  event.preventDefault();
  const form = dragged.querySelector("[data-move]");
  const place = Number(list().dataset.first) + rows().filter((row) => row !== dragged).indexOf(over);
  over.before(dragged);
  window.htmx
    .ajax("POST", form.getAttribute("action"), { source: form, target: "#entries", select: "#entries", swap: "outerHTML show:none", values: { to: place } })
    .catch(() => tell("player:problem", { text: "The order was not stored. Load the page again." }));
});

document.addEventListener("dragend", () => {
  unmark();
  dragged?.classList.remove("track--dragged");
  dragged = null;
});

document.addEventListener("htmx:load", arm);
arm();
