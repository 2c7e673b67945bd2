// Menus open where there is room, and close when somebody is done with them.

const GAP = 12; // pixels between a menu and what it must not reach

// The header lies over the beginning of the page, the bar of the player over its end.
const ceiling = () => Math.max(document.querySelector(".header")?.getBoundingClientRect().bottom ?? 0, 0);
const floor = () => document.getElementById("player")?.getBoundingClientRect().top || innerHeight;

document.addEventListener(
  "toggle",
  ({ target: menu }) => {
    if (!menu.matches("details[data-menu]")) return;
    const panel = menu.querySelector(".menu__panel");
    menu.classList.remove("menu--up", "menu--start");
    panel.style.maxHeight = "";
    if (!menu.open) return;
    const { left, top, height } = panel.getBoundingClientRect();
    menu.classList.toggle("menu--start", left < document.getElementById("main").getBoundingClientRect().left + GAP);
    const below = floor() - top;
    const above = menu.querySelector("summary").getBoundingClientRect().top - ceiling() - GAP;
    const up = height > below && above > below;
    menu.classList.toggle("menu--up", up);
    if (height > (up ? above : below)) panel.style.maxHeight = `${(up ? above : below) - GAP}px`; // its end is scrolled to
  },
  true, // toggle does not bubble
);

// What was chosen in it is done, and would take the focus away with the menu.
const close = (menu) => {
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (inside) menu.querySelector("summary").focus();
};

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
    else if (event.target.closest("a, button:not([name])")) close(menu);
  }
});

// Engines that cannot show what is folded up without opening it (::details-content) open it where there is room.
const wide = matchMedia("(min-width: 60.01rem)");

const unfold = () => {
  if (!wide.matches || CSS.supports("selector(::details-content)")) return;
  for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
};

document.addEventListener("htmx:load", unfold);
wide.addEventListener("change", unfold);

// An answer that takes the place of the button which asked for it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const menu = event.target.closest("details[data-menu]");
  if (menu?.contains(document.activeElement)) menu.querySelector("summary").focus();
});

// Somebody who tabs on has left the menu, which would hide the rows under it.
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
  if (menu) close(menu);
});

unfold();
