// Names of neighbourhoods on the map; one that would lie over another is left out until there is room.

const MARGIN = 4; // pixels between a name and the edge of the map

const APART = 4; // pixels between two names, or they read as one

const overlap = (a, b) =>
  a.left < b.left + b.width + APART &&
  b.left < a.left + a.width + APART &&
  a.top < b.top + b.height + APART &&
  b.top < a.top + a.height + APART;

// Where a name begins that belongs around `middle`: whole, as long as that is in sight at all.
const within = (middle, width, most) => {
  const begins = middle - width / 2;
  return middle < 0 || middle > most ? begins : Math.max(Math.min(begins, most - width - MARGIN), MARGIN);
};

// Where names of these sizes lie, and which are crowded out: who comes first has the room.
export const arranged = (sizes, middles, most) => {
  const taken = [];
  return sizes.map((size, at) => {
    const box = { ...size, left: within(middles[at].left, size.width, most), top: middles[at].top - size.height / 2 };
    const crowded = taken.some((other) => overlap(box, other));
    if (!crowded) taken.push(box);
    return { left: box.left, top: box.top, crowded };
  });
};

// Returns a function that puts the names where they belong in the view.
export const labeller = (figure, view) => {
  const names = [...figure.querySelectorAll(".map__name")];
  for (const name of names) name.dataset.placed = "";
  const sizes = names.map(({ offsetWidth: width, offsetHeight: height }) => ({ width, height }));
  return () => {
    const middles = names.map(({ dataset }) => view.pixel(Number(dataset.x), Number(dataset.y)));
    arranged(sizes, middles, view.width).forEach(({ left, top, crowded }, at) => {
      names[at].toggleAttribute("data-crowded", crowded);
      names[at].style.transform = `translate(${left}px, ${top}px)`;
    });
  };
};
