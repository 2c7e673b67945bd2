// Fingers and the mouse on the map: one moves it or draws a line, two zoom, a short press plays.

const NOWHERE = { x: Infinity, y: Infinity }; // near no point
const STILL = 6; // pixels: who moved less has pressed

const spread = (held) => {
  const [a, b] = [...held.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
};

// The fingers that are down, or the mouse's one, and how far they came.
export const fingers = () => {
  const held = new Map(); // pointer -> where it was last
  let moved = 0; // pixels
  return {
    down(event) {
      held.set(event.pointerId, event);
      moved = held.size > 1 ? Infinity : 0; // two zoom: neither of them presses
    },
    // Pixels to the right and down, and by which factor two fingers went apart; nothing of a pointer that is not down.
    move(event) {
      const last = held.get(event.pointerId);
      if (!last) return null;
      const before = held.size === 2 && spread(held);
      held.set(event.pointerId, event);
      const [right, down] = [event.clientX - last.clientX, event.clientY - last.clientY];
      moved += Math.abs(right) + Math.abs(down);
      return { right, down, factor: before ? spread(held) / before : 0 };
    },
    up(event) {
      const was = held.delete(event.pointerId);
      return { was, left: held.size, pressed: was && moved < STILL };
    },
  };
};

// `drawing` says whether a line is drawn; `draw`, `hover` and `press` are what comes of it.
export const pointing = (canvas, view, { draw, hover, press, drawing, line }) => {
  const hand = fingers();
  const place = ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect();
    return view.place(clientX - left, clientY - top);
  };
  const zoom = (factor, event) => {
    line.clear();
    view.zoomBy(factor, place(event));
    draw();
  };
  const take = (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("map__canvas--held");
    hand.down(event);
    hover(NOWHERE); // a name would stand still while the map moves, or over a line
    if (drawing()) line.begin(place(event));
  };
  const move = (event) => {
    const way = hand.move(event);
    if (!way) return hover(place(event));
    if (way.factor) return zoom(way.factor, event);
    if (drawing()) return line.go(place(event));
    view.pan(way.right, way.down);
    return draw();
  };
  const release = (event) => {
    const { was, left, pressed } = hand.up(event);
    canvas.classList.toggle("map__canvas--held", left > 0);
    if (!was || event.type === "pointercancel") return line.clear();
    if (pressed) return press(place(event));
    return drawing() && line.end();
  };
  const wheel = (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event);
  };
  const heard = { pointerdown: take, pointermove: move, pointerup: release, pointercancel: release, pointerleave: () => hover(NOWHERE), wheel };
  for (const [name, act] of Object.entries(heard)) canvas.addEventListener(name, act, { passive: false });
};
