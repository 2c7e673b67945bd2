// Rows of a list are carried to another place: with a mouse by any part of them, with a finger by the grip, because
// browsers drag nothing for a finger, and elsewhere on a row it scrolls.

const EDGE = 56; // pixels from the end of what is seen in which the list creeps along with the finger
const CREEP = 0.42; // pixels a millisecond: frames are few on a busy machine, and twice as many on some screens

const scrollerOf = (element) => {
  let at = element.parentElement;
  while (at && !(at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY))) at = at.parentElement;
  return at ?? document.scrollingElement;
};

// What lies under the player is not seen.
const seen = (scroller) => {
  const { top, bottom } = scroller.getBoundingClientRect();
  const player = document.getElementById("player")?.getBoundingClientRect().top || innerHeight;
  return { top: Math.max(top, 0), bottom: Math.min(bottom, player) };
};

// The row that is carried, and over which one it is.
const carrying = ({ list, row, moved }) => {
  let carried = null;

  const rowOf = (element) => (element?.closest(list) && element.closest(row)) || null;
  const placeOf = (element) => [...element.closest(list).querySelectorAll(row)].indexOf(element);

  const unmark = () => {
    for (const one of document.querySelectorAll(`${list} .carried-to`)) one.classList.remove("carried-to", "carried-to--after");
  };

  const letGo = () => {
    unmark();
    carried?.classList.remove("carried");
    carried = null;
  };

  return {
    rowOf,
    letGo,
    any: () => carried !== null,
    take(taken) {
      carried = taken;
      carried.classList.add("carried");
    },
    mark(over) {
      unmark();
      if (!over || over === carried) return;
      over.classList.add("carried-to");
      over.classList.toggle("carried-to--after", placeOf(over) > placeOf(carried));
    },
    drop(over) {
      const [one, from, to] = over && over.closest(list) === carried.closest(list) ? [carried, placeOf(carried), placeOf(over)] : [];
      letGo();
      if (one && from !== to) moved(one, from, to);
    },
  };
};

const byMouse = ({ rowOf, any, take, mark, drop, letGo }, fingered) => {
  document.addEventListener("dragstart", (event) => {
    const taken = rowOf(event.target);
    if (!taken) return undefined;
    if (fingered()) return event.preventDefault(); // a long press would begin a second time
    take(taken);
    event.dataTransfer.effectAllowed = "move";
    return event.dataTransfer.setData("text/plain", taken.querySelector(".track__title").textContent);
  });

  const over = (event, act) => {
    const row = any() && rowOf(event.target);
    if (!row) return;
    event.preventDefault();
    act(row);
  };

  // Both, as the standard has it: WebKit drops nothing where the last of them was not taken.
  for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => over(event, mark));
  document.addEventListener("drop", (event) => over(event, drop));
  document.addEventListener("dragend", letGo);
};

// Returns a function that says whether a finger carries.
const byFinger = ({ rowOf, take, mark, drop, letGo }) => {
  let finger = null; // where it is

  const under = () => rowOf(document.elementFromPoint(finger.x, finger.y));

  const creep = (scroller, before) => {
    if (!finger) return;
    const now = performance.now();
    const step = Math.min(Math.round(CREEP * (now - before)), EDGE); // nobody follows a leap
    const { top, bottom } = seen(scroller);
    if (finger.y < top + EDGE) scroller.scrollBy(0, -step);
    if (finger.y > bottom - EDGE) scroller.scrollBy(0, step);
    mark(under());
    requestAnimationFrame(() => creep(scroller, now));
  };

  const lift = (act) => {
    if (!finger) return;
    const over = under();
    finger = null;
    act(over);
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.pointerType === "mouse" ? null : event.target.closest("[data-grip]");
    const row = rowOf(grip);
    if (!row) return;
    take(row);
    finger = { x: event.clientX, y: event.clientY };
    grip.setPointerCapture(event.pointerId);
    creep(scrollerOf(row), performance.now());
  });

  document.addEventListener("pointermove", (event) => {
    if (finger) finger = { x: event.clientX, y: event.clientY };
  });

  document.addEventListener("pointerup", () => lift(drop));
  document.addEventListener("pointercancel", () => lift(letGo));
  return () => finger !== null;
};

// `list` and `row` are selectors, so that lists may come and go; `moved` gets the row and where it goes: from 0, to.
export const arrange = (what) => {
  const carry = carrying(what);
  byMouse(carry, byFinger(carry));
};
