// The map: every track a point, drawn by WebGL. Near is alike, the colour says how energetic. The list beside it holds
// the same neighbourhoods for people who do not see or point.

import { fresh } from "./entries.js";
import { painter, unpack } from "./map-draw.js";
import { lasso } from "./map-lasso.js";
import { viewOf } from "./map-view.js";
import { hear, tell } from "./post.js";

const REACH = 14; // pixels around the pointer in which a point is caught
const AROUND = 24; // tracks that are queued with the one that was pressed
const STILL = 6; // pixels: who moved less has pressed
const AT_ONCE = 6000; // points shown of the whole map; closer by, four times as many for each doubling
const STEP = 1.6; // of the zoom buttons

let playing = 0;
let redraw = () => {};

const load = async (address) => {
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(`${address} answered ${response.status}`);
  return unpack(await response.arrayBuffer());
};

// Points come coarse first, so that every beginning of the list covers the whole map.
const finder = (points, view) => {
  const shown = () => Math.min(points().count, Math.round(AT_ONCE * Math.max(1, view.zoom) ** 2));
  const away = (one, { x, y }) => (points().places[2 * one] / 65535 - x) ** 2 + (points().places[2 * one + 1] / 65535 - y) ** 2;
  return {
    shown,
    pick(at) {
      let best = (REACH / view.scale) ** 2;
      let found = -1;
      for (let one = 0; one < shown(); one += 1) {
        const far = away(one, at);
        if (far < best) [best, found] = [far, one];
      }
      return found;
    },
    around(one) {
      const at = { x: points().places[2 * one] / 65535, y: points().places[2 * one + 1] / 65535 };
      const far = Array.from({ length: points().count }, (_, other) => [other === one ? -1 : away(other, at), other]);
      return far.sort(([a], [b]) => a - b).slice(0, AROUND + 1).map(([, other]) => points().ids[other]);
    },
  };
};

const MARGIN = 4; // pixels between a name and the edge of the map

const overlap = (a, b) =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

// Where a name begins that belongs around `middle`: whole, as long as that is in sight at all.
const within = (middle, width, most) => {
  const begins = middle - width / 2;
  return middle < 0 || middle > most ? begins : Math.max(Math.min(begins, most - width - MARGIN), MARGIN);
};

// Names of neighbourhoods; one that would lie over another is left out until there is room.
const labeller = (figure, view) => {
  const names = [...figure.querySelectorAll(".map__name")];
  for (const name of names) name.dataset.placed = "";
  const sizes = names.map(({ offsetWidth: width, offsetHeight: height }) => ({ width, height }));
  return () => {
    const taken = [];
    names.forEach((name, at) => {
      const { left, top } = view.pixel(Number(name.dataset.x), Number(name.dataset.y));
      const box = { ...sizes[at], left: within(left, sizes[at].width, view.width), top: top - sizes[at].height / 2 };
      const crowded = taken.some((other) => overlap(box, other));
      name.toggleAttribute("data-crowded", crowded);
      if (!crowded) taken.push(box);
      name.style.transform = `translate(${box.left}px, ${box.top}px)`;
    });
  };
};

const teller = (figure, view, points) => {
  const tip = figure.querySelector(".map__tip");
  const known = new Map();
  const said = (id) => {
    if (!known.has(id)) known.set(id, fresh([id]).then(([row]) => (row ? `${row.title}, ${row.artist}` : "")).catch(() => ""));
    return known.get(id);
  };
  return async (one, { left, top } = {}) => {
    tip.hidden = one < 0;
    if (one < 0) return;
    tip.textContent = (await said(points().ids[one])) || "…";
    const x = Math.min(left + 14, view.width - tip.offsetWidth - 4);
    tip.style.transform = `translate(${Math.max(x, 4)}px, ${top + 14}px)`;
  };
};

// Fingers and the mouse: one moves the map or draws, two zoom, a short press plays.
const gestures = (canvas, view, { draw, hover, press, drawing, line }) => {
  const held = new Map();
  let moved = 0;
  const spread = () => {
    const [a, b] = [...held.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  const drag = (event, last) => {
    moved += Math.abs(event.clientX - last.clientX) + Math.abs(event.clientY - last.clientY);
    if (drawing()) return line.go(event);
    view.pan(event.clientX - last.clientX, event.clientY - last.clientY);
    return draw();
  };

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.zoomBy(Math.exp(-event.deltaY / 400), view.place(event));
    draw();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, event);
    moved = 0;
    if (drawing()) line.begin(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = held.get(event.pointerId);
    if (!last) return hover(view.place(event));
    const before = held.size === 2 ? spread() : 0;
    held.set(event.pointerId, event);
    if (!before) return drag(event, last);
    line.clear();
    view.zoomBy(spread() / before, view.place(event));
    return draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (!held.delete(event.pointerId) || name === "pointercancel") return line.clear();
      if (moved < STILL) return press(view.place(event));
      return drawing() && line.end();
    });
  }
};

const start = async (figure) => {
  const canvas = figure.querySelector("canvas");
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) {
    canvas.hidden = true;
    figure.querySelector(".map__none").hidden = false;
    return;
  }
  let points = await load(`${figure.dataset.map}?first=${AT_ONCE}`);
  const view = viewOf(canvas);
  const { feed, paint } = painter(gl);
  const find = finder(() => points, view);
  const line = lasso(figure, view);
  const label = labeller(figure, view);
  const describe = teller(figure, view, () => points);
  const tools = figure.querySelector(".map__tools");
  const select = tools.querySelector('[data-map-tool="select"]');
  let over = -1;

  const draw = () => {
    paint(view, find.shown(), [points.ids.indexOf(playing), over].filter((one) => one >= 0));
    label();
  };
  const resize = () => {
    view.measure();
    canvas.width = view.width * devicePixelRatio;
    canvas.height = view.height * devicePixelRatio;
    draw();
  };
  const hover = (at) => {
    const one = find.pick(at);
    canvas.classList.toggle("map__canvas--over", one >= 0);
    if (one === over) return;
    over = one;
    draw();
    describe(one, at);
  };
  const press = async (at) => {
    const one = find.pick(at);
    if (one < 0) return;
    try {
      const found = await fresh(find.around(one));
      if (found.length) tell("track:play", { entries: found, index: 0, radio: "" });
    } catch {
      tell("player:problem", { text: "The tracks around this point could not be fetched. Try again." });
    }
  };
  const acts = {
    select: () => {
      select.setAttribute("aria-pressed", String(select.getAttribute("aria-pressed") !== "true"));
      line.clear();
    },
    in: () => view.zoomBy(STEP),
    out: () => view.zoomBy(1 / STEP),
    whole: () => view.whole(),
  };
  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-map-tool]");
    if (!tool) return;
    acts[tool.dataset.mapTool]();
    line.clear();
    draw();
  });
  tools.hidden = false;
  gestures(canvas, view, { draw, hover, press, line, drawing: () => select.getAttribute("aria-pressed") === "true" });
  redraw = () => canvas.isConnected && draw();
  feed(points);
  new ResizeObserver(resize).observe(canvas); // and draws for the first time
  canvas.dataset.drawn = points.count;
  if (points.count < AT_ONCE) return;
  points = await load(figure.dataset.map);
  feed(points);
  draw();
  canvas.dataset.drawn = points.count;
};

const look = () => {
  const figure = document.querySelector("#main [data-map]:not([data-begun])");
  if (!figure) return;
  figure.dataset.begun = "";
  start(figure).catch(() => tell("player:problem", { text: "The map could not be loaded. The list beside it still works." }));
};

hear("player:state", ({ id }) => {
  playing = Number(id) || 0;
  redraw();
});

document.addEventListener("htmx:load", look);
look();
tell("player:ask"); // this module comes with the first map: something may play already
