// The map: every track a point, drawn by WebGL. Near is alike, the colour says how energetic. The list beside it holds
// the same neighbourhoods for people who do not see or point.

import { entries } from "./entries.js";
import { fragment, hear, tell } from "./post.js";

const HEAD = 12; // bytes: magic, version, reserved, count; docs/questions.md has the format
const REACH = 14; // pixels around the pointer in which a point is caught
const AROUND = 24; // tracks that are queued with the one that was pressed
const CLOSEST = 60; // times that one can zoom in
const VERTEX = `#version 300 es
in vec2 place; in float shade; uniform vec4 view; uniform float size; out float tone;
void main() { gl_Position = vec4((place - view.xy) * view.zw, 0, 1); gl_PointSize = size; tone = shade; }`;
const FRAGMENT = `#version 300 es
precision mediump float; in float tone; uniform vec3 calm, wild; out vec4 colour;
void main() {
  float edge = 1.0 - smoothstep(0.35, 0.5, length(gl_PointCoord - 0.5));
  colour = vec4(mix(calm, wild, tone), 1) * edge * 0.9;
}`;

const player = document.getElementById("player");
let playing = 0;
let redraw = () => {};

const rows = async (ids) => entries(await fragment(await fetch(`${player.dataset.queueUrl}?ids=${ids.join(",")}`)));

const token = (name) => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
};

const unpack = (bytes) => {
  const count = new DataView(bytes).getUint32(8, true);
  const places = HEAD + 4 * count;
  return {
    count,
    ids: new Uint32Array(bytes, HEAD, count),
    places: new Uint16Array(bytes, places, 2 * count),
    shades: new Uint8Array(bytes, places + 4 * count, count),
  };
};

const programOf = (gl) => {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  return program;
};

const painter = (gl, points) => {
  const program = programOf(gl);
  const feed = (name, data, size, type) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    const where = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, size, type, true, 0, 0);
  };
  feed("place", points.places, 2, gl.UNSIGNED_SHORT);
  feed("shade", points.shades, 1, gl.UNSIGNED_BYTE);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const at = (name) => gl.getUniformLocation(program, name);
  const draw = (size, first, count, calm, wild) => {
    gl.uniform1f(at("size"), size * devicePixelRatio);
    gl.uniform3fv(at("calm"), calm);
    gl.uniform3fv(at("wild"), wild);
    gl.drawArrays(gl.POINTS, first, count);
  };
  return (view, marked) => {
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4f(at("view"), view.x, view.y, (2 * view.scale) / view.width, (-2 * view.scale) / view.height);
    const size = Math.min(22, Math.max(3, 90 / Math.sqrt(points.count)) * Math.sqrt(view.zoom));
    draw(size, 0, points.count, token("--map-calm"), token("--map-wild"));
    for (const one of marked) draw(size + 8, one, 1, token("--ink"), token("--ink"));
  };
};

const start = async (figure) => {
  const canvas = figure.querySelector("canvas");
  const tip = figure.querySelector(".map__tip");
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) {
    canvas.hidden = true;
    figure.querySelector(".map__none").hidden = false;
    return;
  }
  const points = unpack(await (await fetch(figure.dataset.map)).arrayBuffer());
  const paint = painter(gl, points);
  const view = { x: 0.5, y: 0.5, zoom: 0.94, width: 1, height: 1, scale: 1 };
  const known = new Map();
  let over = -1;
  const held = new Map();
  let moved = 0;

  const draw = () => {
    [view.width, view.height] = [canvas.clientWidth, canvas.clientHeight];
    view.scale = view.zoom * Math.min(view.width, view.height);
    canvas.width = view.width * devicePixelRatio;
    canvas.height = view.height * devicePixelRatio;
    paint(view, [points.ids.indexOf(playing), over].filter((one) => one >= 0));
    for (const name of figure.querySelectorAll(".map__name")) {
      const x = (name.dataset.x - view.x) * view.scale + view.width / 2 - name.offsetWidth / 2;
      const y = (name.dataset.y - view.y) * view.scale + view.height / 2 - 10;
      name.dataset.placed = "";
      name.style.transform = `translate(${x}px, ${y}px)`;
    }
  };
  const placeOf = (one, axis) => points.places[2 * one + axis] / 65535;
  const nearest = (x, y, most) => {
    const far = Array.from({ length: points.count }, (_, one) => [(placeOf(one, 0) - x) ** 2 + (placeOf(one, 1) - y) ** 2, one]);
    return far.sort(([a], [b]) => a - b).slice(0, most).map(([, one]) => one);
  };
  const pick = (x, y) => {
    let best = (REACH / view.scale) ** 2;
    let found = -1;
    for (let one = 0; one < points.count; one += 1) {
      const away = (placeOf(one, 0) - x) ** 2 + (placeOf(one, 1) - y) ** 2;
      if (away < best) [best, found] = [away, one];
    }
    return found;
  };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    return { left, top, x: view.x + (left - view.width / 2) / view.scale, y: view.y + (top - view.height / 2) / view.scale };
  };
  const zoom = (by, at) => {
    const before = view.zoom;
    view.zoom = Math.min(CLOSEST, Math.max(0.5, before * by));
    const keep = 1 - before / view.zoom; // what is under the pointer stays there
    view.x += (at.x - view.x) * keep;
    view.y += (at.y - view.y) * keep;
    draw();
  };
  const describe = async (one, { left, top }) => {
    tip.hidden = one < 0;
    if (one < 0) return;
    const id = points.ids[one];
    if (!known.has(id)) known.set(id, rows([id]).then(([row]) => (row ? `${row.title}, ${row.artist}` : "")).catch(() => ""));
    tip.textContent = (await known.get(id)) || "…";
    const x = Math.min(left + 14, view.width - tip.offsetWidth - 4);
    tip.style.transform = `translate(${Math.max(x, 4)}px, ${top + 14}px)`;
  };
  const play = async (one) => {
    const around = nearest(placeOf(one, 0), placeOf(one, 1), AROUND).filter((other) => other !== one);
    const found = await rows([one, ...around].map((each) => points.ids[each]));
    if (found.length) tell("track:play", { entries: found, index: 0, at: 0, radio: "" });
  };
  const spread = () => {
    const [a, b] = [...held.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), under(event));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, event);
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = under(event);
    const last = held.get(event.pointerId);
    if (!last) {
      const one = pick(at.x, at.y);
      canvas.classList.toggle("map__canvas--over", one >= 0);
      if (one === over) return;
      over = one;
      draw();
      describe(one, at);
      return;
    }
    const before = held.size === 2 ? spread() : 0;
    held.set(event.pointerId, event);
    moved += Math.abs(event.clientX - last.clientX) + Math.abs(event.clientY - last.clientY);
    if (before) return zoom(spread() / before, at);
    view.x -= (event.clientX - last.clientX) / view.scale;
    view.y -= (event.clientY - last.clientY) / view.scale;
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      held.delete(event.pointerId);
      const at = under(event);
      const one = pick(at.x, at.y);
      if (name === "pointerup" && moved < 6 && one >= 0) play(one);
    });
  }
  new ResizeObserver(draw).observe(canvas);
  redraw = () => canvas.isConnected && draw();
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
