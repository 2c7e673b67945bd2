// The map: every track a point. Near is alike, the colour says how energetic. The list beside it holds the same
// neighbourhoods for people who do not see or point. Here its parts are put together.

import { hear, tell } from "./events.js";
import { chartOf } from "./map-chart.js";
import { lasso } from "./map-lasso.js";
import { pointing } from "./map-pointing.js";
import { AT_ONCE, load } from "./map-points.js";

const STEP = 1.6; // of the zoom buttons

let playing = 0; // id of the track
let redraw = () => {}; // the map that is shown

// The buttons above, and what one does on the canvas itself.
const equip = (figure, canvas, { view, draw, hover, press }) => {
  const line = lasso(figure);
  const tools = figure.querySelector(".map__tools");
  const select = tools.querySelector('[data-map-tool="select"]');
  const drawing = () => select.getAttribute("aria-pressed") === "true";
  const acts = {
    select: () => select.setAttribute("aria-pressed", String(!drawing())),
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
  pointing(canvas, view, { draw, hover, press, drawing, line });
};

const start = async (figure) => {
  const canvas = figure.querySelector("canvas");
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) {
    canvas.hidden = true;
    figure.querySelector(".map__none").hidden = false;
    return;
  }
  const coarse = await load(`${figure.dataset.map}?first=${AT_ONCE}`);
  const chart = chartOf(figure, gl, () => playing);
  chart.take(coarse);
  equip(figure, canvas, chart);
  redraw = () => canvas.isConnected && chart.draw();
  new ResizeObserver(chart.resize).observe(canvas);
  if (coarse.count < AT_ONCE) return;
  chart.take(await load(figure.dataset.map));
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
