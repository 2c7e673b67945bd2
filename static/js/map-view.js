// Which part of the map is seen: places of the map (0..1) to pixels and back, moving, zooming.

const FARTHEST = 0.5;
const CLOSEST = 60; // times that one can zoom in
const SHARE = 0.94; // of the canvas, that all points together take
const SMALLEST = 0.2; // of the map, that counts as all of it: a few tracks close together are no whole map
// What there is to see, from where, and whether somebody chose that.
const START = { edges: { left: 0, top: 0, right: 1, bottom: 1 }, x: 0.5, y: 0.5, zoom: SHARE, moved: false };

// Where one looks from to see all between the edges.
const whole = ({ width, height, edges: { left, top, right, bottom } }) => {
  const fits = Math.min(width / Math.max(right - left, SMALLEST), height / Math.max(bottom - top, SMALLEST));
  return { x: (left + right) / 2, y: (top + bottom) / 2, zoom: (SHARE * fits) / Math.min(width, height) };
};

export const viewOf = (width = 1, height = 1) => ({
  ...START,
  width,
  height,
  // Pixels from one end of the map to the other.
  get scale() {
    return this.zoom * Math.min(this.width, this.height);
  },
  resize(across, down) {
    [this.width, this.height] = [across, down];
    if (!this.moved) this.whole();
  },
  // Say what there is to see; who has moved already stays there.
  frame(edges) {
    this.edges = edges;
    if (!this.moved) this.whole();
  },
  pixel(x, y) {
    return { left: (x - this.x) * this.scale + this.width / 2, top: (y - this.y) * this.scale + this.height / 2 };
  },
  place(left, top) {
    return { left, top, x: this.x + (left - this.width / 2) / this.scale, y: this.y + (top - this.height / 2) / this.scale };
  },
  pan(right, down) {
    this.moved = true;
    this.x -= right / this.scale;
    this.y -= down / this.scale;
  },
  zoomBy(factor, at = this) {
    this.moved = true;
    const before = this.zoom;
    this.zoom = Math.min(CLOSEST, Math.max(FARTHEST, before * factor));
    const keep = 1 - before / this.zoom; // what is under the pointer stays there
    this.x += (at.x - this.x) * keep;
    this.y += (at.y - this.y) * keep;
  },
  whole() {
    Object.assign(this, whole(this), { moved: false });
  },
});
