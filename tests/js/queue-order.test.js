// What becomes of a queue: the lists alone, without a page.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as order from "../../static/js/queue-order.js";

const track = (id) => ({ id: String(id), title: `Piece ${id}` });
const queueOf = (...numbers) => ({ ...order.EMPTY, entries: numbers.map(track), index: 0 });
const ids = ({ entries }) => entries.map(({ id }) => Number(id));
const current = ({ entries, index }) => Number(entries[index]?.id);
const at = (queue, index) => ({ ...queue, index });

test("the next track follows, and after the last one nothing, or the first, or the same again", () => {
  const queue = queueOf(1, 2, 3);
  assert.equal(order.following(queue), 1);
  assert.equal(order.following(at(queue, 2)), -1);
  assert.equal(order.following({ ...at(queue, 2), repeat: "all" }), 0);
  assert.equal(order.after({ ...at(queue, 1), repeat: "one" }), 1);
  assert.equal(order.following({ ...at(queue, 1), repeat: "one" }), 2); // somebody pressed "next"
  assert.equal(order.after(at(queue, 2)), -1);
  assert.deepEqual(order.REPEATS, ["off", "all", "one"]);
});

test("shuffling keeps what plays, and every other track once; straightening brings the order back", () => {
  const queue = at(queueOf(...Array(50).keys()), 20);
  const mixed = order.shuffled(queue);
  assert.equal(current(mixed), 20);
  assert.equal(mixed.index, 0);
  assert.deepEqual(ids(mixed).sort((a, b) => a - b), ids(queue));
  assert.notDeepEqual(ids(mixed).slice(1), ids(queue).filter((id) => id !== 20));
  const again = order.straightened(mixed);
  assert.deepEqual(ids(again), ids(queue));
  assert.equal(again.index, 20);
  assert.equal(again.ordered, null);
});

test("what was taken out of a shuffled queue stays out, and what came since is at the end", () => {
  const mixed = order.shuffled(queueOf(1, 2, 3, 4));
  const place = ids(mixed).indexOf(3);
  const later = order.straightened(order.added(order.removed(mixed, place), [track(9)], true));
  assert.deepEqual(ids(later), [1, 2, 4, 9]);
  assert.equal(current(later), 1);
});

test("a shuffled queue without a track that plays has none afterwards", () => {
  assert.equal(order.shuffled({ ...queueOf(1, 2), index: -1 }).index, -1);
});

test("tracks are added behind the one that plays, or at the end", () => {
  const queue = queueOf(1, 2, 3);
  assert.deepEqual(ids(order.added(queue, [track(8), track(9)], true)), [1, 8, 9, 2, 3]);
  assert.deepEqual(ids(order.added(queue, [track(8), track(9)], false)), [1, 2, 3, 8, 9]);
  assert.deepEqual(ids(queue), [1, 2, 3]);
});

test("later and earlier pages of a list join it without moving what plays", () => {
  const queue = at(queueOf(3, 4), 1);
  assert.deepEqual(ids(order.lengthened(queue, [track(5)])), [3, 4, 5]);
  const whole = order.preceded(queue, [track(1), track(2)]);
  assert.deepEqual(ids(whole), [1, 2, 3, 4]);
  assert.equal(current(whole), 4);
  const mixed = order.preceded(order.lengthened(order.shuffled(queue), [track(5), track(6)]), [track(2)]);
  assert.equal(current(mixed), 4);
  assert.deepEqual(ids(order.straightened(mixed)), [2, 3, 4, 5, 6]);
  assert.equal(order.preceded({ ...order.EMPTY }, [track(1)]).index, -1);
});

test("a radio goes on with what was not heard, and repeats itself only when there is nothing else", () => {
  const queue = at(queueOf(1, 2, 3), 1);
  assert.deepEqual(ids(order.steered(queue, [track(2), track(1), track(7), track(3)])), [1, 2, 7, 3]);
  assert.deepEqual(ids(order.steered(queue, [track(2), track(1)])), [1, 2, 1]);
});

test("a renewed address replaces the entry in both orders", () => {
  const queue = order.shuffled(at(queueOf(1, 2, 3), 1));
  const found = { ...track(2), src: "/again" };
  const renewed = order.renewed(queue, found);
  assert.equal(renewed.entries[renewed.index], found);
  assert.equal(renewed.ordered[1], found);
  assert.equal(queue.entries[queue.index].src, undefined);
});

test("moving a track keeps the one that plays", () => {
  const queue = at(queueOf(1, 2, 3, 4), 1);
  const cases = [[0, 3, [2, 3, 4, 1]], [3, 0, [4, 1, 2, 3]], [1, 2, [1, 3, 2, 4]], [2, 1, [1, 3, 2, 4]]];
  for (const [from, to, expected] of cases) {
    const moved = order.moved(queue, from, to);
    assert.deepEqual(ids(moved), expected);
    assert.equal(current(moved), 2);
  }
});

test("taking out: before, at and behind the track that plays, and the last one", () => {
  const queue = at(queueOf(1, 2, 3), 1);
  assert.equal(current(order.removed(queue, 0)), 2);
  assert.equal(current(order.removed(queue, 2)), 2);
  assert.equal(current(order.removed(queue, 1)), 3); // the one behind it
  assert.equal(current(order.removed(at(queue, 2), 2)), 2);
  assert.equal(order.removed(queueOf(1), 0).index, -1);
});

test("clearing leaves what plays, alone and without its radio", () => {
  const cleared = order.cleared({ ...order.shuffled(at(queueOf(1, 2, 3), 2)), radio: "/radio/x/" });
  assert.deepEqual([ids(cleared), cleared.index, cleared.radio, cleared.ordered], [[3], 0, "", null]);
  assert.deepEqual(order.cleared({ ...queueOf(1, 2), index: -1 }).index, -1);
});

test("undo brings the list back around what plays now", () => {
  const before = { ...at(queueOf(1, 2, 3), 1), radio: "/radio/x/" };
  const removed = order.undone(order.removed(before, 0), before);
  assert.deepEqual([ids(removed), current(removed), removed.radio], [[1, 2, 3], 2, "/radio/x/"]);
  const cleared = order.undone({ ...order.cleared(before), repeat: "all" }, before);
  assert.deepEqual([ids(cleared), current(cleared), cleared.repeat], [[1, 2, 3], 2, "all"]);
});

test("undo puts what began to play since behind what played then, or in the place of its twin", () => {
  const before = at(queueOf(1, 2, 3), 1);
  const other = order.undone(queueOf(9), before);
  assert.deepEqual([ids(other), current(other)], [[1, 2, 9, 3], 9]);
  const now = queueOf(3); // the same track, from another page: another object
  const twin = order.undone(now, before);
  assert.deepEqual([ids(twin), current(twin)], [[1, 2, 3], 3]);
  assert.equal(twin.entries[2], now.entries[0]);
});

test("ids are asked for in parts", () => {
  assert.deepEqual(order.parts([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(order.parts([], 2), []);
});

test("after a reload the same track goes on, or the one that took its place", () => {
  const part = ["1", "2", "3", "4"];
  assert.deepEqual(order.resumed(part, 2, [track(1), track(2), track(3), track(4)]), { index: 2, same: true });
  assert.deepEqual(order.resumed(part, 2, [track(2), track(3)]), { index: 1, same: true });
  assert.deepEqual(order.resumed(part, 2, [track(1), track(4)]), { index: 1, same: false });
  assert.deepEqual(order.resumed(part, 3, [track(1)]), { index: 0, same: false });
});
