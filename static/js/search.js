// The search box in the header: arrows walk through what was found, Escape and leaving close it.

const box = document.getElementById("search");
const panel = document.getElementById("found");

const close = () => {
  panel.replaceChildren();
  panel.hidden = false;
};

const rows = () => [...panel.querySelectorAll("a")];

const step = (by) => {
  const stops = [box, ...rows()];
  const here = stops.indexOf(document.activeElement);
  stops[(here + by + stops.length) % stops.length].focus();
};

const keys = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Escape: () => {
    close();
    box.focus();
  },
};

if (box && panel) {
  box.form.addEventListener("keydown", (event) => {
    const act = rows().length && keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  // The link stays until the page is there: htmx asks it where the answer belongs.
  panel.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    box.value = "";
    panel.hidden = true;
  });
  document.addEventListener("htmx:afterSettle", () => panel.hidden && close());
  box.form.addEventListener("submit", close);
  document.addEventListener("click", (event) => {
    if (!box.form.contains(event.target) && !panel.hidden) close();
  });
  box.form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.form.contains(event.relatedTarget) && !panel.hidden) close();
  });
}
