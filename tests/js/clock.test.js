// Times as the player shows them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clock } from "../../static/js/clock.js";

test("seconds become a clock", () => {
  const cases = { 0: "0:00", 59.9: "0:59", 61: "1:01", 3599: "59:59", 3600: "1:00:00", 36_610: "10:10:10" };
  for (const [seconds, shown] of Object.entries(cases)) assert.equal(clock(Number(seconds)), shown);
  for (const unknown of [NaN, Infinity, undefined]) assert.equal(clock(unknown), "0:00");
});
