// Sends chosen or dropped files one by one, so that each has its own outcome, and shows how many bytes are on the way.
// Without this script the form sends them all at once.

const parts = () => ({
  outcomes: document.getElementById("outcomes"),
  progress: document.querySelector("[data-upload-progress]"),
  bar: document.getElementById("upload-bar"),
  words: document.querySelector("[data-upload-words]"),
});

const BECAME = [
  ["analysed", ".state--done"],
  ["already here", ".outcome--duplicate"],
  ["cannot be analysed", ".outcome--stored .state--failed"],
  ["given up", ".outcome--stored .state--quarantined"],
  ["not taken in", ".outcome--refused"],
];

let queue = Promise.resolve();
let waiting = 0;

// What became of all of them so far: the list of many files is longer than a screen.
const sum = () => {
  const line = document.querySelector("[data-upload-sum]");
  if (!line) return;
  const outcomes = document.getElementById("outcomes");
  const all = outcomes.querySelectorAll(".outcome").length + waiting;
  const counts = BECAME.map(([words, rows]) => [outcomes.querySelectorAll(rows).length, words]);
  const done = counts.reduce((before, [count]) => before + count, 0);
  const kinds = counts.filter(([count]) => count).map(([count, words]) => `${count} ${words}`);
  line.textContent = [`${done} of ${all} files are done`, kinds.join(", ")].filter(Boolean).join(": ");
  line.hidden = all < 2;
};

const changes = new MutationObserver(sum); // rows come from the server, and each asks for its own state

const show = (file, share) => {
  const { progress, bar, words } = parts();
  if (!progress) return; // the listener went on to another page; the upload goes on as well
  progress.hidden = share === null;
  if (share === null) return;
  bar.value = share;
  words.textContent = `Sending “${file.name}”${waiting > 1 ? `, ${waiting - 1} more to come` : ""}`;
};

const report = (html) => {
  if (parts().outcomes) window.htmx.swap("#outcomes", html, { swapStyle: "afterbegin" });
};

// Which words say what became of a file: the server or a proxy before it refused whoever sent it, its size, its hurry, or
// did not answer.
const REASONS = { 401: "signed-out", 413: "too-large", 429: "too-often" };

const notSent = (file, status = 0) => {
  const row = document.getElementById(REASONS[status] ?? "not-sent")?.content.firstElementChild.cloneNode(true);
  if (!row) return;
  row.querySelector(".outcome__name").textContent = file.name;
  parts().outcomes.prepend(row);
};

const send = (address, fields, file) =>
  new Promise((done) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much of a body is sent
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    body.append("files", file);
    request.open("POST", address);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", ({ loaded, total }) => show(file, loaded / total));
    request.addEventListener("load", () => {
      if (request.status === 200) report(request.responseText);
      else notSent(file, request.status);
      done();
    });
    request.addEventListener("error", () => {
      notSent(file);
      done();
    });
    request.send(body);
  });

const take = (form, files) => {
  changes.observe(document.getElementById("outcomes"), { childList: true, subtree: true });
  const address = form.getAttribute("action");
  const fields = [...new FormData(form)].filter(([name]) => name !== "files");
  for (const file of files) {
    waiting += 1;
    queue = queue.then(async () => {
      show(file, 0);
      await send(address, fields, file);
      waiting -= 1;
      show(file, null);
      sum();
    });
  }
};

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("[data-drop]");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("drop--over", name === "dragenter" || name === "dragover");
    if (name === "drop") take(form, event.dataTransfer.files);
  });
}

const CHOICE = '[data-drop] input[type="file"]';

const takeChosen = (input) => {
  take(input.form, [...input.files]);
  input.value = "";
};

document.addEventListener("change", (event) => event.target.matches(CHOICE) && takeChosen(event.target));
document.querySelectorAll(CHOICE).forEach(takeChosen); // somebody was quicker than this module

window.addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault();
});
