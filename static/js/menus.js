// Menus open where there is room, and close when somebody is done with them.

// The bar of the player lies over the end of the page.
const floor = () => document.getElementById("player")?.getBoundingClientRect().top || innerHeight;

document.addEventListener(
  "toggle",
  ({ target: menu }) => {
    if (!menu.matches("details[data-menu]")) return;
    menu.classList.remove("menu--up");
    if (!menu.open) return;
    const { bottom, height } = menu.querySelector(".menu__panel").getBoundingClientRect();
    menu.classList.toggle("menu--up", bottom > floor() && menu.getBoundingClientRect().top > height);
  },
  true, // toggle does not bubble
);

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const inside = menu.contains(event.target);
    if (!inside || event.target.closest("a, button:not([name])")) menu.open = false;
  }
});

// Somebody who tabs on has left the menu, which would hide the rows under it.
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
