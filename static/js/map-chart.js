// The points on a canvas: which of them are seen, which is pointed at or plays, and what a press on one does.

import { fresh } from "./entries.js";
import { tell } from "./events.js";
import { painter } from "./map-draw.js";
import { labeller } from "./map-labels.js";
import { NONE, around, edges, nearest, shown } from "./map-points.js";
import { teller } from "./map-tip.js";
import { viewOf } from "./map-view.js";

const REACH = 14; // pixels around the pointer in which a point is caught
const AROUND = 24; // tracks that are queued with the one that was pressed

const play = async (ids) => {
  try {
    const entries = await fresh(ids);
    if (entries.length) tell("track:play", { entries, index: 0, radio: "" });
  } catch {
    tell("player:problem", { text: "The tracks around this point could not be fetched. Try again." });
  }
};

// `playing` says the id of the track that plays.
export const chartOf = (figure, gl, playing) => {
  const { canvas } = gl;
  const view = viewOf();
  const { feed, paint } = painter(gl);
  const label = labeller(figure, view);
  const describe = teller(figure, view);
  let points = NONE;
  let over = -1; // the point under the pointer
  const seen = () => shown(points, view.zoom);
  const pick = (at) => nearest(points, seen(), at, REACH / view.scale);
  const draw = () => {
    paint(view, seen(), [points.ids.indexOf(playing()), over].filter((one) => one >= 0));
    label();
  };
  const resize = () => {
    view.resize(canvas.clientWidth, canvas.clientHeight);
    [canvas.width, canvas.height] = [view.width * devicePixelRatio, view.height * devicePixelRatio];
    draw();
  };
  const take = (more) => {
    points = more;
    feed(points);
    view.frame(edges(points));
    resize(); // an observer tells the size a frame later, and a pointer that moves before it would find nothing
    canvas.dataset.drawn = points.count;
  };
  const hover = (at) => {
    const one = pick(at);
    canvas.classList.toggle("map__canvas--over", one >= 0);
    if (one === over) return;
    over = one;
    draw();
    describe(points.ids[one], at);
  };
  const press = (at) => {
    const one = pick(at);
    if (one >= 0) play(around(points, one, AROUND));
  };
  return { view, draw, resize, take, hover, press };
};
