// The map without a page: its bytes, which points are shown and near, the camera, names and fingers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { arranged } from "../../static/js/map-labels.js";
import { fingers } from "../../static/js/map-pointing.js";
import { AT_ONCE, NONE, around, edges, nearest, shown, unpack } from "../../static/js/map-points.js";
import { viewOf } from "../../static/js/map-view.js";

const near = (value, expected, within = 1e-9) => assert.ok(Math.abs(value - expected) <= within, `${value} is not ${expected}`);

// As recommender/mapfile.py writes them.
const packed = (points, { magic = "SEGM", version = 1 } = {}) => {
  const bytes = new ArrayBuffer(12 + 9 * points.length);
  const view = new DataView(bytes);
  [...magic].forEach((letter, one) => view.setUint8(one, letter.charCodeAt(0)));
  view.setUint16(4, version, true);
  view.setUint32(8, points.length, true);
  points.forEach(([id, x, y, shade], one) => {
    view.setUint32(12 + 4 * one, id, true);
    view.setUint16(12 + 4 * points.length + 4 * one, x, true);
    view.setUint16(14 + 4 * points.length + 4 * one, y, true);
    view.setUint8(12 + 8 * points.length + one, shade);
  });
  return bytes;
};

test("bytes become points", () => {
  const points = unpack(packed([[7, 0, 65_535, 255], [70_000, 32_768, 1, 3]]));
  assert.equal(points.count, 2);
  assert.deepEqual([...points.ids], [7, 70_000]);
  assert.deepEqual([...points.places], [0, 65_535, 32_768, 1]);
  assert.deepEqual([...points.shades], [255, 3]);
  assert.equal(unpack(packed([])).count, 0);
});

test("other bytes are refused", () => {
  for (const bytes of [new ArrayBuffer(0), new ArrayBuffer(40), packed([], { magic: "SEGX" }), packed([], { version: 2 })]) {
    assert.throws(() => unpack(bytes), /no map/);
  }
  assert.throws(() => unpack(packed([[1, 2, 3, 4]]).slice(0, 18)), RangeError); // cut off on the way
});

test("four times as many points are shown for each doubling, and never more than there are", () => {
  assert.equal(shown({ count: 1e6 }, 0.5), AT_ONCE);
  assert.equal(shown({ count: 1e6 }, 1), AT_ONCE);
  assert.equal(shown({ count: 1e6 }, 2), 4 * AT_ONCE);
  assert.equal(shown({ count: 1e6 }, 4), 16 * AT_ONCE);
  assert.equal(shown({ count: 100 }, 60), 100);
});

test("the nearest point is found among those that are shown, within reach", () => {
  const points = unpack(packed([[1, 0, 0, 0], [2, 32_768, 32_768, 0], [3, 33_000, 32_768, 0]]));
  assert.equal(nearest(points, 3, { x: 0.503, y: 0.5 }, 0.1), 2);
  assert.equal(nearest(points, 2, { x: 0.503, y: 0.5 }, 0.1), 1);
  assert.equal(nearest(points, 3, { x: 0.3, y: 0.3 }, 0.1), -1);
  assert.equal(nearest(NONE, 0, { x: 0.5, y: 0.5 }, 1), -1);
});

test("a point comes first among those around it, even where two lie at one place", () => {
  const points = unpack(packed([[1, 9, 9, 0], [2, 9, 9, 0], [3, 900, 9, 0], [4, 60_000, 60_000, 0]]));
  assert.deepEqual(around(points, 1, 2), [2, 1, 3]);
  assert.deepEqual(around(points, 3, 9), [4, 3, 1, 2]);
});

test("places become pixels and come back", () => {
  const view = viewOf(800, 400);
  near(view.scale, 376);
  assert.deepEqual(view.pixel(0.5, 0.5), { left: 400, top: 200 });
  view.pan(30, -20);
  view.zoomBy(3, view.place(100, 90));
  const { left, top } = view.pixel(0.2, 0.9);
  const back = view.place(left, top);
  near(back.x, 0.2);
  near(back.y, 0.9);
});

test("zooming keeps what is under the pointer, and has ends", () => {
  const view = viewOf(800, 400);
  const at = view.place(650, 50);
  view.zoomBy(2.5, at);
  const { left, top } = view.pixel(at.x, at.y);
  near(left, 650, 1e-6);
  near(top, 50, 1e-6);
  view.zoomBy(1e9);
  assert.equal(view.zoom, 60);
  view.zoomBy(0);
  assert.equal(view.zoom, 0.5);
});

test("panning follows the finger, and the whole map can be had again", () => {
  const view = viewOf(500, 500);
  const before = view.pixel(0.1, 0.1);
  view.pan(17, -5);
  const after = view.pixel(0.1, 0.1);
  near(after.left - before.left, 17);
  near(after.top - before.top, -5);
  view.zoomBy(4);
  view.resize(600, 300);
  assert.notEqual(view.zoom, 0.94);
  view.whole();
  assert.deepEqual(view.pixel(0.5, 0.5), { left: 300, top: 150 });
  assert.equal(view.zoom, 0.94);
});

test("names keep apart and inside: who comes first has the room", () => {
  const size = { width: 100, height: 20 };
  const placed = arranged([size, size, size], [{ left: 200, top: 50 }, { left: 260, top: 55 }, { left: 200, top: 75 }], 400);
  assert.deepEqual(placed.map(({ crowded }) => crowded), [false, true, false]);
  const close = arranged([size, size], [{ left: 200, top: 50 }, { left: 200, top: 73 }], 400);
  assert.deepEqual(close.map(({ crowded }) => crowded), [false, true]); // three pixels apart they would read as one
  const [edge, end, out] = arranged([size, size, size], [{ left: 10, top: 0 }, { left: 395, top: 50 }, { left: -5, top: 100 }], 400);
  assert.equal(edge.left, 4);
  assert.equal(end.left, 296);
  assert.equal(out.left, -55); // its place is out of sight, and so is it
});

const finger = (pointerId, clientX, clientY) => ({ pointerId, clientX, clientY });

test("who hardly moves presses, who moves does not", () => {
  const hand = fingers();
  hand.down(finger(1, 10, 10));
  assert.deepEqual(hand.move(finger(1, 12, 11)), { right: 2, down: 1, factor: 0 });
  assert.deepEqual(hand.up(finger(1)), { was: true, left: 0, pressed: true });
  hand.down(finger(1, 10, 10));
  hand.move(finger(1, 20, 10));
  hand.move(finger(1, 10, 10)); // back where it began
  assert.equal(hand.up(finger(1)).pressed, false);
  assert.equal(hand.move(finger(1, 0, 0)), null);
  assert.deepEqual(hand.up(finger(1)), { was: false, left: 0, pressed: false });
});

test("two fingers zoom by how far they go apart, and neither presses", () => {
  const hand = fingers();
  hand.down(finger(1, 0, 0));
  hand.down(finger(2, 100, 0));
  assert.equal(hand.move(finger(2, 200, 0)).factor, 2);
  assert.equal(hand.move(finger(1, 100, 0)).factor, 0.5);
  assert.deepEqual(hand.up(finger(2)), { was: true, left: 1, pressed: false });
  assert.deepEqual(hand.up(finger(1)), { was: true, left: 0, pressed: false });
});

test("the whole map is all points, on as much of the canvas as they fill", () => {
  const { left, top, right, bottom } = edges(unpack(packed([[1, 6554, 26_214, 0], [2, 52_428, 39_321, 0]])));
  [left, top, right, bottom].forEach((edge, at) => near(edge, [0.1, 0.4, 0.8, 0.6][at], 1e-4));
  const view = viewOf(700, 400);
  view.frame({ left, top, right, bottom });
  near(view.pixel(left, 0.5).left, 21, 0.5);
  near(view.pixel(right, 0.5).left, 679, 0.5);
  near(view.pixel(0, 0.5).top, 200, 0.5);
  view.resize(350, 400);
  near(view.pixel(left, 0.5).left, 10.5, 0.5);
  view.pan(10, 0);
  view.frame({ left: 0, top: 0, right: 1, bottom: 1 }); // more came while somebody looked around
  near(view.pixel(left, 0.5).left, 20.5, 0.5);
});

test("a few tracks in one place are no whole map", () => {
  const view = viewOf(500, 500);
  view.frame({ left: 0.5, top: 0.5, right: 0.5, bottom: 0.5 });
  near(view.zoom, 4.7);
  assert.deepEqual(edges(unpack(packed([]))), { left: 0, top: 0, right: 1, bottom: 1 });
});
