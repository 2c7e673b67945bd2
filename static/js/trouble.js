// When a track does not play: finds out why, says so, and goes on as soon as that makes sense.

import { fresh } from "./entries.js";
import { hear, tell } from "./events.js";

const READING = 2.5; // seconds for a message before the next track
const GIVE_UP_AFTER = 3; // tracks in a row that would not play
const CONVERTING = 5; // seconds between two looks whether a worker is ready
const CONVERTED = 300; // seconds until that is given up: an hour of music takes two minutes
const STEADY = 10; // seconds of sound after which a track is taken to play
const SLOW = 8; // seconds without sound until the network is blamed
const AGAIN = [1, 2, 4, 8, 15]; // seconds between attempts to reach the server

let current = ""; // id of the track
let renewed = false; // it got another address already
let since = 0; // when it was first found unmade
let failures = 0; // tracks in a row
let later = 0;
let blame = 0;
let steady = 0;

const say = (text) => tell("player:problem", { text });

const wait = (seconds, act) => {
  clearTimeout(later);
  later = setTimeout(act, seconds * 1000);
};

const pass = (text, play) => {
  say(text);
  tell("player:stop");
  failures += 1;
  if (play && failures < GIVE_UP_AFTER) wait(READING, () => tell("queue:next"));
};

const unreached = (error, attempt, again) => {
  if (error.name === "SignedOut") return say("You were signed out. Load the page again to sign in; the queue is kept.");
  say("No connection to Segue. The music goes on as soon as it is back.");
  return wait(AGAIN[Math.min(attempt, AGAIN.length - 1)], again);
};

const unfinished = ({ entry, play }, again) => {
  since ||= Date.now();
  if (Date.now() - since > CONVERTED * 1000) return pass(`“${entry.title}” is still being converted for browsers. Try it again in some minutes.`, play);
  say(`“${entry.title}” is being converted for browsers. It starts when that is done.`);
  return wait(CONVERTING, again);
};

const renew = ({ at, play }, found) => {
  renewed = true;
  found.src += `?again=${Date.now()}`; // or the browser gives back what it has of this address
  tell("queue:renew", { found, at, play });
};

// Why there is nothing to wait for; empty when there may be.
const hopeless = ({ title }, found) => {
  if (!found) return `“${title}” is no longer in the library.`;
  if (!found.refused) return "";
  const minutes = Math.ceil(found.refused / 60);
  return `“${title}” has to be converted for this browser, and many were in a short time. Try it again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
};

const examine = async (what, attempt = 0) => {
  const { entry, play } = what;
  const again = () => examine(what, attempt + 1);
  let found;
  try {
    [found] = await fresh([entry.id]);
  } catch (error) {
    return unreached(error, attempt, again);
  }
  if (current !== entry.id) return undefined; // somebody chose another track meanwhile
  const why = hopeless(entry, found);
  if (why) return pass(why, play);
  if (found.unmade) return unfinished(what, again);
  if (renewed && !attempt) {
    return pass(`“${entry.title}” cannot be played: this browser does not know the format or finds no sound device, or the file is damaged.`, play);
  }
  return renew(what, found);
};

hear("player:error", (what) => {
  clearTimeout(steady);
  examine(what);
});

hear("player:change", ({ entry }) => {
  clearTimeout(later);
  if (entry.id === current) return;
  current = entry.id;
  renewed = false;
  since = 0;
  say("");
});

// What begins and breaks off at once, over a damaged part or without a sound device, was not mended by beginning again.
hear("player:sounds", () => {
  clearTimeout(steady);
  steady = setTimeout(() => {
    renewed = false;
    failures = 0;
  }, STEADY * 1000);
  say("");
});

hear("player:state", ({ waiting }) => {
  clearTimeout(blame);
  if (waiting) blame = setTimeout(() => say("The network is slow: still fetching the sound."), SLOW * 1000);
});

window.addEventListener("online", () => tell("player:retry"));
