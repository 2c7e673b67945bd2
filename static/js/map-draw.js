// How points become colours on a canvas, by WebGL.

const VERTEX = `#version 300 es
in vec2 place; in float shade; uniform vec4 view; uniform float size; out float tone;
void main() { gl_Position = vec4((place - view.xy) * view.zw, 0, 1); gl_PointSize = size; tone = shade; }`;
const FRAGMENT = `#version 300 es
precision mediump float; in float tone; uniform vec3 calm, wild; out vec4 colour;
void main() {
  float edge = 1.0 - smoothstep(0.35, 0.5, length(gl_PointCoord - 0.5));
  colour = vec4(mix(calm, wild, tone), 1) * edge * 0.9;
}`;

// Only of a registered name does the browser say which colour it stands for, not the words that chose it.
for (const name of ["--map-calm", "--map-wild", "--ink"]) {
  CSS.registerProperty({ name, syntax: "<color>", inherits: true, initialValue: "transparent" });
}

const colour = (name) => {
  const rgb = getComputedStyle(document.documentElement).getPropertyValue(name);
  return rgb.match(/\d+/g).map((part) => part / 255);
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

// Returns `feed`, which takes points, and `paint`, which draws the first `count` of them and some that are marked.
export const painter = (gl) => {
  const program = programOf(gl);
  // Asked once: each question to the driver waits for it.
  const at = Object.fromEntries(["view", "size", "calm", "wild"].map((name) => [name, gl.getUniformLocation(program, name)]));
  const fill = (name, data, size, type) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    const where = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, size, type, true, 0, 0);
  };
  const draw = (size, first, count, calm, wild) => {
    gl.uniform1f(at.size, size * devicePixelRatio);
    gl.uniform3fv(at.calm, calm);
    gl.uniform3fv(at.wild, wild);
    gl.drawArrays(gl.POINTS, first, count);
  };
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  return {
    feed(points) {
      fill("place", points.places, 2, gl.UNSIGNED_SHORT);
      fill("shade", points.shades, 1, gl.UNSIGNED_BYTE);
    },
    paint(view, count, marked) {
      gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform4f(at.view, view.x, view.y, (2 * view.scale) / view.width, (-2 * view.scale) / view.height);
      const size = Math.min(22, Math.max(3, 90 / Math.sqrt(count)) * Math.sqrt(view.zoom));
      draw(size, 0, count, colour("--map-calm"), colour("--map-wild"));
      for (const one of marked) draw(size + 8, one, 1, colour("--ink"), colour("--ink"));
    },
  };
};
