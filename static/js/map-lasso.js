// A line drawn round a part of the map. The server says what lies inside it, as it does for a neighbourhood in the list.

const STEP = 6; // pixels between two corners
const MOST = 200; // corners: the server takes twice as many
const SMALL = 24; // pixels: a shorter line was a slip

export const lasso = (figure) => {
  const path = figure.querySelector(".map__line path");
  let corners = [];

  const draw = () => {
    const line = corners.map(({ left, top }) => `${left.toFixed(1)} ${top.toFixed(1)}`);
    path.setAttribute("d", line.length > 1 ? `M${line.join("L")}Z` : "");
  };
  const length = () =>
    corners.slice(1).reduce((sum, corner, at) => sum + Math.hypot(corner.left - corners[at].left, corner.top - corners[at].top), 0);

  return {
    begin(place) {
      corners = [place];
      draw();
    },
    go(next) {
      const last = corners.at(-1);
      if (!last || Math.hypot(next.left - last.left, next.top - last.top) < STEP) return;
      corners.push(next);
      draw();
    },
    clear() {
      corners = [];
      draw();
    },
    async end() {
      if (length() < SMALL) return this.clear();
      const every = Math.ceil(corners.length / MOST);
      const outline = corners
        .filter((_, at) => at % every === 0)
        .map(({ x, y }) => `${x.toFixed(4)},${y.toFixed(4)}`)
        .join(";");
      const address = `${figure.dataset.region}?outline=${encodeURIComponent(outline)}`;
      await window.htmx.ajax("GET", address, { target: "#selection", select: "#selection", swap: "outerHTML show:none" });
      return document.getElementById("selection")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
  };
};
