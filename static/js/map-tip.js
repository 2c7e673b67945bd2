// What the point under the pointer is called.

import { fresh } from "./entries.js";

const BESIDE = 14; // pixels between the pointer and the words
const MARGIN = 4; // pixels between the words and the edge of the map

const named = async (id) => {
  try {
    const [row] = await fresh([id]);
    return row ? `${row.title}, ${row.artist}` : "";
  } catch {
    return ""; // without a connection the point has no name, and still plays
  }
};

// Returns a function that says the name of a track at a place, or of none.
export const teller = (figure, view) => {
  const tip = figure.querySelector(".map__tip");
  const known = new Map(); // id -> promise of its name
  let asked = 0; // id of the track that is pointed at
  return async (id, { left, top } = {}) => {
    asked = id;
    tip.hidden = true;
    if (!id) return;
    if (!known.has(id)) known.set(id, named(id));
    const words = (await known.get(id)) || "…";
    if (asked !== id) return; // the pointer has gone on
    tip.hidden = false;
    tip.textContent = words;
    const x = Math.min(left + BESIDE, view.width - tip.offsetWidth - MARGIN);
    tip.style.transform = `translate(${Math.max(x, MARGIN)}px, ${top + BESIDE}px)`;
  };
};
