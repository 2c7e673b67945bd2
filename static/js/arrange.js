// Rows of a list are carried to another place: with a mouse by any part of them, with a finger by the grip, because
// browsers drag nothing for a finger, and elsewhere on a row it scrolls.

const EDGE = 56; // pixels from the end of what is seen in which the list creeps along with the finger
const CREEP = 7; // pixels a frame

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

// `list` and `row` are selectors, so that lists may come and go; `moved` gets the row and where it goes: from 0, to.
export const arrange = ({ list, row, moved }) => {
  let carried = null;
  let finger = null; // where it is; none while a mouse carries

  const rowOf = (element) => (element?.closest(list) && element.closest(row)) || null;
  const placeOf = (element) => [...element.closest(list).querySelectorAll(row)].indexOf(element);

  const unmark = () => {
    for (const one of document.querySelectorAll(`${list} .carried-to`)) one.classList.remove("carried-to", "carried-to--after");
  };

  const mark = (over) => {
    unmark();
    if (!over || over === carried) return;
    over.classList.add("carried-to");
    over.classList.toggle("carried-to--after", placeOf(over) > placeOf(carried));
  };

  const letGo = () => {
    unmark();
    carried?.classList.remove("carried");
    [carried, finger] = [null, null];
  };

  const drop = (over) => {
    const [one, from, to] = over && over.closest(list) === carried.closest(list) ? [carried, placeOf(carried), placeOf(over)] : [];
    letGo();
    if (one && from !== to) moved(one, from, to);
  };

  document.addEventListener("dragstart", (event) => {
    const taken = rowOf(event.target);
    if (!taken) return undefined;
    if (finger) return event.preventDefault(); // a long press would begin a second time
    carried = taken;
    carried.classList.add("carried");
    event.dataTransfer.effectAllowed = "move";
    return event.dataTransfer.setData("text/plain", carried.querySelector(".track__title").textContent);
  });

  // Both, as the standard has it: WebKit drops nothing where the last of them was not taken.
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const over = carried && rowOf(event.target);
      if (!over) return;
      event.preventDefault();
      mark(over);
    });
  }

  document.addEventListener("drop", (event) => {
    const over = carried && rowOf(event.target);
    if (!over) return;
    event.preventDefault();
    drop(over);
  });

  document.addEventListener("dragend", letGo);

  const under = () => rowOf(document.elementFromPoint(finger.x, finger.y));

  const creep = (scroller) => {
    if (!finger) return;
    const { top, bottom } = seen(scroller);
    if (finger.y < top + EDGE) scroller.scrollBy(0, -CREEP);
    if (finger.y > bottom - EDGE) scroller.scrollBy(0, CREEP);
    mark(under());
    requestAnimationFrame(() => creep(scroller));
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.pointerType === "mouse" ? null : event.target.closest("[data-grip]");
    if (!rowOf(grip)) return;
    carried = rowOf(grip);
    carried.classList.add("carried");
    finger = { x: event.clientX, y: event.clientY };
    grip.setPointerCapture(event.pointerId);
    creep(scrollerOf(carried));
  });

  document.addEventListener("pointermove", (event) => {
    if (finger) finger = { x: event.clientX, y: event.clientY };
  });

  document.addEventListener("pointerup", () => finger && drop(under()));
  document.addEventListener("pointercancel", () => finger && letGo());
};
