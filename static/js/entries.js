// A row that the server rendered, as the queue and the player need it.

export const entry = (row) => ({
  id: row.dataset.track,
  src: row.dataset.src,
  gain: Number(row.dataset.gain ?? 1), // turns loud tracks down
  title: row.querySelector("[data-title]").textContent,
  href: row.querySelector("[data-title]").getAttribute("href") ?? location.pathname,
  artist: row.querySelector("[data-artist]")?.textContent ?? "Unknown artist",
  art: row.querySelector("[data-art]").firstElementChild.cloneNode(true),
});

export const entries = (list) => [...list.querySelectorAll("[data-track]")].map(entry);
