// A box to sign in with a finger. Without script the boxes stay hidden: tick, or sign on paper.
(() => {
  "use strict";
  const WIDTH = 300, HEIGHT = 120, STEP = 2, MAX_CHARS = 8000;
  for (const pad of document.querySelectorAll("[data-sign]")) {
    const canvas = pad.querySelector("canvas");
    const field = pad.querySelector("input");
    const pen = canvas.getContext("2d");
    let strokes = [], stroke = null;
    pad.hidden = false;
    const draw = () => {
      pen.clearRect(0, 0, WIDTH, HEIGHT);
      pen.lineWidth = 2;
      pen.strokeStyle = getComputedStyle(canvas).color;
      for (const points of strokes) {
        pen.beginPath();
        points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        pen.stroke();
      }
      field.value = strokes.map((points) => points.map((point) => point.join(",")).join(" ")).join(";");
    };
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
      return [within((event.clientX - box.left) * WIDTH / box.width, WIDTH), within((event.clientY - box.top) * HEIGHT / box.height, HEIGHT)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      stroke = [place(event)];
      strokes.push(stroke);
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke || field.value.length > MAX_CHARS - 20) return;
      const [x, y] = place(event), [lastX, lastY] = stroke[stroke.length - 1];
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < STEP) return;
      stroke.push([x, y]);
      draw();
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { stroke = null; });
    pad.querySelector("button").addEventListener("click", () => { strokes = []; draw(); });
  }
})();
