// The points of the map: how they lie in bytes (docs/questions.md), how many are shown, which of them are near.

const MAGIC = 0x4d474553; // "SEGM", read as a little-endian number
const VERSION = 1;
const HEAD = 12; // bytes: magic, version, reserved, count
const FULL = 65_535; // how a place at the far edge is stored
export const AT_ONCE = 6000; // points shown of the whole map; closer by, four times as many for each doubling

export const NONE = { count: 0, ids: new Uint32Array(), places: new Uint16Array(), shades: new Uint8Array() };

export const unpack = (bytes) => {
  const head = new DataView(bytes);
  if (bytes.byteLength < HEAD || head.getUint32(0, true) !== MAGIC || head.getUint16(4, true) !== VERSION) {
    throw new Error("these bytes are no map that this page can read");
  }
  const count = head.getUint32(8, true);
  const places = HEAD + 4 * count;
  return {
    count,
    ids: new Uint32Array(bytes, HEAD, count),
    places: new Uint16Array(bytes, places, 2 * count),
    shades: new Uint8Array(bytes, places + 4 * count, count),
  };
};

export const load = async (address) => {
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(`${address} answered ${response.status}`);
  return unpack(await response.arrayBuffer());
};

// Points come coarse first, so that every beginning of the list covers the whole map.
export const shown = ({ count }, zoom) => Math.min(count, Math.round(AT_ONCE * Math.max(1, zoom) ** 2));

// The places between which all points lie; the whole map when there are none.
export const edges = ({ count, places }) => {
  if (!count) return { left: 0, top: 0, right: 1, bottom: 1 };
  const [low, high] = [[FULL, FULL], [0, 0]];
  places.forEach((value, at) => {
    low[at % 2] = Math.min(low[at % 2], value);
    high[at % 2] = Math.max(high[at % 2], value);
  });
  return { left: low[0] / FULL, top: low[1] / FULL, right: high[0] / FULL, bottom: high[1] / FULL };
};

const place = ({ places }, one) => ({ x: places[2 * one] / FULL, y: places[2 * one + 1] / FULL });

const apart = (a, b) => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;

// Which of the first `count` points lies nearest to a place, and within `reach` of it; -1 if none does.
export const nearest = (points, count, at, reach) => {
  let best = reach ** 2;
  let found = -1;
  for (let one = 0; one < count; one += 1) {
    const far = apart(place(points, one), at);
    if (far < best) [best, found] = [far, one];
  }
  return found;
};

// Ids of a point and the `most` points around it, nearest first.
export const around = (points, one, most) => {
  const at = place(points, one);
  const far = Array.from({ length: points.count }, (_, other) => [other === one ? -1 : apart(place(points, other), at), other]);
  return far.sort(([a], [b]) => a - b).slice(0, most + 1).map(([, other]) => points.ids[other]);
};
