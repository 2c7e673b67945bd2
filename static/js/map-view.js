// Which part of the map is seen: places of the map (0..1) to pixels and back, moving, zooming.

const FARTHEST = 0.5;
const CLOSEST = 60; // times that one can zoom in
const WHOLE = { x: 0.5, y: 0.5, zoom: 1.06 }; // the map keeps a margin of its own

export const viewOf = (width = 1, height = 1) => ({
  ...WHOLE,
  width,
  height,
  // Pixels from one end of the map to the other.
  get scale() {
    return this.zoom * Math.min(this.width, this.height);
  },
  resize(across, down) {
    [this.width, this.height] = [across, down];
  },
  pixel(x, y) {
    return { left: (x - this.x) * this.scale + this.width / 2, top: (y - this.y) * this.scale + this.height / 2 };
  },
  place(left, top) {
    return { left, top, x: this.x + (left - this.width / 2) / this.scale, y: this.y + (top - this.height / 2) / this.scale };
  },
  pan(right, down) {
    this.x -= right / this.scale;
    this.y -= down / this.scale;
  },
  zoomBy(factor, at = this) {
    const before = this.zoom;
    this.zoom = Math.min(CLOSEST, Math.max(FARTHEST, before * factor));
    const keep = 1 - before / this.zoom; // what is under the pointer stays there
    this.x += (at.x - this.x) * keep;
    this.y += (at.y - this.y) * keep;
  },
  whole() {
    Object.assign(this, WHOLE);
  },
});
