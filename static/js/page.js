// Small manners of the page: where we are, what has the focus, numbers beside sliders, modules that one page alone needs.

import { token } from "./server.js";

// A link of the header is current on its own page, and marks the room on the pages around it.
const here = () => {
  const [, room] = location.pathname.split("/");
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else if (link.dataset.nav.split(" ").includes(room)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
});

// A boosted link replaces <main> only: move the focus there, as a new page would, unless somebody was quicker.
document.addEventListener("htmx:afterSettle", (event) => {
  here();
  const main = document.getElementById("main");
  if (event.detail.requestConfig?.boosted && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
});

document.addEventListener("htmx:historyRestore", here);
window.addEventListener("popstate", here);

// 404 and other pages of errors are pages, too.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.boosted && event.detail.xhr.status >= 400) event.detail.shouldSwap = true;
});

// What is drawn anew by itself waits while somebody is in it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (requestConfig.triggeringEvent?.type === "library:grown" && target.contains(document.activeElement)) event.detail.shouldSwap = false;
});

// How far a slider is filled, for engines that cannot style that part themselves.
const fill = (slider) => {
  const share = (slider.value - slider.min) / (slider.max - slider.min || 1);
  slider.style.setProperty("--fill", `${100 * share}%`);
};

const fillAll = () => document.querySelectorAll('input[type="range"]').forEach(fill);

// A row of links that is pushed along with a finger begins where one is.
const reveal = () => {
  for (const link of document.querySelectorAll(".headings__one[aria-current]")) {
    const row = link.closest(".headings__row");
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  }
};

document.addEventListener("htmx:load", reveal);
document.addEventListener("slider:moved", (event) => fill(event.target));
document.addEventListener("htmx:load", fillAll);

const toast = document.getElementById("toast");
let fading = 0;

const complain = (text) => {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => {
    toast.hidden = true;
  }, 8000);
};

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => complain("Segue is not answering. Check the connection, then try again."));
}

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (event.detail.requestConfig.boosted) return;
  if (status === 401) complain("You were signed out. Load the page again to sign in.");
  else if (status === 429) complain("That was too many requests in a short time. Wait a moment, then try again.");
  else if (status === 413) complain("That was more than this site accepts at once.");
  else complain(`That did not work: the server answered with error ${status}.`);
});

document.addEventListener("input", (event) => {
  if (event.target.type === "range") fill(event.target);
  const output = event.target.closest(".slider")?.querySelector("output");
  if (output) output.textContent = event.target.max === "1" ? `${Math.round(event.target.value * 100)}\u00a0%` : event.target.value;
});

// What only some pages need: an element names its module, which is fetched when the element comes, once.
const fetchModules = () => {
  for (const { dataset } of document.querySelectorAll("#main [data-module]")) {
    import(dataset.module).catch(() => complain("A part of this page was not loaded. Check the connection, then load the page again."));
  }
};

document.addEventListener("htmx:load", fetchModules);

here();
reveal();
fillAll();
fetchModules();
