// A row that the server rendered, as the queue and the player need it.

import { fragment } from "./server.js";

const PATIENCE = 20_000; // milliseconds for an answer
export const AT_ONCE = 200; // rows in one request, as many as the server answers
const { queueUrl } = document.getElementById("player")?.dataset ?? {};

const author = (row) => {
  const link = row.querySelector("[data-artist]");
  return { artist: link?.textContent ?? "Unknown artist", by: link?.getAttribute("href") ?? "" }; // `by`: a page, or none
};

export const entry = (row) => {
  const [begins, ends] = (row.dataset.sound ?? "0 0").split(" ").map(Number);
  return {
    id: row.dataset.track,
    src: row.dataset.src,
    peaks: row.dataset.peaks,
    gain: Number(row.dataset.gain ?? 1), // turns loud tracks down
    begins, // seconds: where silence before the music is over
    ends: ends || Infinity, // seconds: where silence after it begins
    unmade: "unmade" in row.dataset, // a worker is still converting it for browsers
    refused: Number(row.dataset.refused ?? 0), // seconds until this person may have it converted
    title: row.querySelector("[data-title]").textContent,
    href: row.querySelector("[data-title]").getAttribute("href") ?? location.pathname,
    ...author(row),
    why: row.querySelector("[data-why]")?.textContent ?? "", // in a radio: what it has in common with its beginning
    art: row.querySelector("[data-art]").firstElementChild.cloneNode(true),
  };
};

export const entries = (list) => [...list.querySelectorAll("[data-track]")].map(entry);

// The same tracks once more, with addresses that work; those that are gone are missing.
export const fresh = async (ids) => {
  const response = await fetch(`${queueUrl}?ids=${ids.join(",")}`, { signal: AbortSignal.timeout(PATIENCE) });
  if (response.redirected) throw Object.assign(new Error("the door answered"), { name: "SignedOut" });
  return entries(await fragment(response));
};

// Lists show small covers; there is a large one of each, for where it is alone.
export const large = (image) => {
  const address = new URL(image.src);
  address.searchParams.set("size", "large");
  return address.href;
};
