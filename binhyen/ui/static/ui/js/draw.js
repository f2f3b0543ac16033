// Draw the part of the province that a bulletin goes to: click corners on the map, then add every commune inside. Without this file a click chooses a circle.
(() => {
  "use strict";
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const form = document.querySelector("form[data-draw]");
  const map = form?.querySelector("input[type=image]");
  if (!map) return;
  const SPACE = "http://www.w3.org/2000/svg";
  const [start, add, undo] = ["start", "add", "undo"].map((name) => form.querySelector(`[data-draw-${name}]`));
  const say = form.querySelector("[data-draw-say]");
  const field = form.elements.shape;
  const picture = document.createElementNS(SPACE, "svg");
  const outline = document.createElementNS(SPACE, "polygon");
  const frame = document.createElement("span");
  picture.setAttribute("viewBox", `0 0 ${map.width} ${map.height}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(outline);
  frame.className = "draw-frame";
  map.before(frame);
  frame.append(map, picture);
  let points = [];
  let drawing = false;
  const show = () => {
    field.value = points.map((point) => point.join(",")).join(" ");
    outline.setAttribute("points", field.value);
    frame.classList.toggle("is-drawing", drawing);
    start.setAttribute("aria-pressed", String(drawing));
    add.hidden = !drawing || points.length < 3;
    undo.hidden = !drawing || !points.length;
    say.textContent = drawing ? words(`Bấm từng góc của vùng. Đã có ${points.length} góc.`, `Click each corner of the area. Corners so far: ${points.length}.`) : "";
  };
  start.hidden = false;
  start.addEventListener("click", () => { drawing = !drawing; points = []; show(); });
  undo.addEventListener("click", () => { points.pop(); show(); });
  map.addEventListener("click", (event) => {
    if (!drawing) return;
    event.preventDefault();
    const box = map.getBoundingClientRect();
    const place = (value, low, size, full) => Math.round(((value - low) / size) * full);
    if (points.length < 60) points.push([place(event.clientX, box.left, box.width, map.width), place(event.clientY, box.top, box.height, map.height)]);
    show();
  });
  show();
})();
