// Asking with a clip: a dropped file, or ten seconds of the microphone put into the file input as if they were chosen.

import { tell } from "./events.js";

const KINDS = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/ogg;codecs=opus", "ogg"],
  ["audio/mp4", "m4a"],
];
const LEAST = 3; // seconds that can be compared
const FAINT = 0.001; // peak; a muted microphone gives less
const REFUSED = {
  NotAllowedError: "The browser did not let Segue use the microphone. Allow it in the address bar and try again, or drop a file.",
  NotFoundError: "No microphone was found. Connect one, or drop a file.",
  NotReadableError: "The microphone is in use by another program. Close that, or drop a file.",
};
// What makes speech clear spoils music.
const MICROPHONE = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };

let session = null;

const kind = () => KINDS.find(([type]) => window.MediaRecorder?.isTypeSupported(type));

const say = (box, text, wrong = false) => {
  const words = box.querySelector(".record__words");
  words.textContent = text;
  words.classList.toggle("record__words--wrong", wrong);
};

const label = (box, text) => {
  box.querySelector("[data-record-label]").textContent = text;
};

const idle = (box) => {
  box.style.removeProperty("--heard");
  box.style.removeProperty("--level");
  label(box, `Record ${box.dataset.recordSeconds} seconds`);
};

const offer = (form, files) => {
  const transfer = new DataTransfer();
  transfer.items.add(files[0]);
  form.elements.file.files = transfer.files; // the script's own changes tell no "change"
  form.requestSubmit();
};

const send = ({ box, parts }) => {
  say(box, "Sending the recording");
  const [type, extension] = kind();
  offer(document.getElementById("clip-form"), [new File(parts, `Recording.${extension}`, { type })]);
};

const end = (now) => {
  clearInterval(now.clock);
  for (const track of now.stream.getTracks()) track.stop();
  now.sound?.close();
  session = null;
};

const finish = (now) => {
  end(now);
  if (!now.box.isConnected) return; // the listener went on to another page
  idle(now.box);
  if (now.seconds < LEAST) say(now.box, "At least three seconds are needed.", true);
  else if (now.loudest < FAINT) say(now.box, "Nothing was heard. Is the microphone muted, or far from the music?", true);
  else send(now);
};

const peak = (now) => {
  now.analyser.getFloatTimeDomainData(now.wave);
  return now.wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
};

const tick = (now) => {
  if (!now.box.isConnected) return now.recorder.stop();
  now.seconds = (performance.now() - now.began) / 1000;
  const level = peak(now);
  now.loudest = Math.max(now.loudest, level);
  now.box.style.setProperty("--heard", Math.min((100 * now.seconds) / now.wanted, 100));
  now.box.style.setProperty("--level", 0.8 + 0.2 * Math.min(2 * Math.sqrt(level), 1));
  if (now.seconds >= now.wanted) now.recorder.stop();
  return undefined;
};

const listen = (box, stream) => {
  const recorder = new MediaRecorder(stream, { mimeType: kind()[0] });
  const sound = new AudioContext();
  const analyser = sound.createAnalyser();
  sound.createMediaStreamSource(stream).connect(analyser);
  const now = { box, stream, recorder, sound, analyser, parts: [], seconds: 0, loudest: 0, began: performance.now() };
  now.wave = new Float32Array(analyser.fftSize);
  now.wanted = Number(box.dataset.recordSeconds);
  recorder.addEventListener("dataavailable", ({ data }) => now.parts.push(data));
  recorder.addEventListener("stop", () => finish(now));
  recorder.start();
  now.clock = setInterval(() => tick(now), 80);
  session = now;
  label(box, "Stop");
  say(box, "Listening");
};

const begin = async (box) => {
  tell("player:stop"); // or it would hear Segue itself
  say(box, "Waiting for the microphone");
  session = { asking: true };
  try {
    listen(box, await navigator.mediaDevices.getUserMedia(MICROPHONE));
  } catch (error) {
    session = null;
    say(box, REFUSED[error.name] ?? `The recording did not start: ${error.message}`, true);
  }
};

const prepare = () => {
  const box = document.querySelector("[data-record-seconds]");
  const button = box?.querySelector("[data-record]");
  if (!button?.disabled) return;
  const able = navigator.mediaDevices && kind();
  button.disabled = !window.isSecureContext || !able;
  if (!window.isSecureContext) say(box, "Browsers allow recording over HTTPS only. Use a file instead.");
  else say(box, able ? "" : "This browser cannot record. Use a file instead.");
};

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-record]")?.closest("[data-record-seconds]");
  if (!box) return;
  if (!session) begin(box);
  else session.recorder?.stop();
});

const take = (input) => input?.files.length && input.form.requestSubmit();

document.addEventListener("change", (event) => event.target.id === "clip-file" && take(event.target));
take(document.getElementById("clip-file")); // somebody was quicker than this module

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("#clip-form");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("drop--over", name === "dragenter" || name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) offer(form, event.dataTransfer.files);
  });
}

document.addEventListener("htmx:load", prepare);
prepare();
