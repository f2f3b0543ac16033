// Pan and zoom with Leaflet over drawings of our own. Without script the drawings stay as they are.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const MAX_TIMES = 6; // doublings beyond the whole drawing

  // A flat projection, as the server draws: degrees of longitude are shorter than of latitude.
  const build = (box, [west, south, east, north]) => {
    const squeeze = Math.cos((south + north) / 2 * Math.PI / 180);
    const crs = L.extend({}, L.CRS.Simple, {
      transformation: new L.Transformation(squeeze, 0, -1, 0),
      R: L.CRS.Earth.R,
      distance: L.CRS.Earth.distance,
    });
    const bounds = L.latLngBounds([[south, west], [north, east]]);
    const map = L.map(box, { crs, attributionControl: false, zoomControl: false, zoomSnap: 0, scrollWheelZoom: false, maxBounds: bounds.pad(0.3) });
    L.control.zoom({ zoomInTitle: words("Phóng to", "Zoom in"), zoomOutTitle: words("Thu nhỏ", "Zoom out") }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    map.fitBounds(bounds);
    const whole = map.getZoom();
    map.setMinZoom(whole);
    map.setMaxZoom(whole + MAX_TIMES);
    // The whole map lies still, so that a finger on it scrolls the page; the wheel zooms once the map has the focus.
    const settle = () => map.dragging[map.getZoom() > whole ? "enable" : "disable"]();
    map.on("zoomend", settle);
    settle();
    box.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    return { map, bounds, whole };
  };
  const numbers = (text) => text.split(" ").map(Number);

  for (const box of document.querySelectorAll("[data-map]")) {
    const drawing = box.querySelector("svg");
    if (typeof L === "undefined" || !drawing) continue;
    // As high as the drawing, so that the whole map fills the frame; the style sheet has the limit.
    const { width, height } = drawing.viewBox.baseVal;
    box.style.aspectRatio = `${width} / ${height}`;
    const { map, bounds, whole } = build(box, numbers(box.dataset.map));
    drawing.setAttribute("preserveAspectRatio", "none");
    L.svgOverlay(drawing, bounds, { interactive: true }).addTo(map);
    const points = drawing.querySelectorAll(".point > g");
    const resize = () => {
      const scale = 1 / 2 ** (map.getZoom() - whole);
      for (const point of points) {
        const place = point.getAttribute("transform").replace(/ scale.*/, "");
        point.setAttribute("transform", `${place} scale(${scale})`);
      }
    };
    map.on("zoomend", resize);
    // A drag that starts on a link must not follow it.
    let start = null;
    box.addEventListener("pointerdown", (event) => { start = [event.clientX, event.clientY]; }, true);
    box.addEventListener("click", (event) => {
      if (event.detail && start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 5) {
        event.preventDefault();
        event.stopPropagation();
      }
    }, true);
  }

  // The pin of a case: a click on the map fills in the field. Leaflet is loaded when the form is opened.
  const load = (form) => new Promise((resolve) => {
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: form.dataset.style });
    const script = document.createElement("script");
    Object.assign(script, { src: form.dataset.script, onload: resolve });
    document.head.append(style, script);
  });
  const open = async (form) => {
    if (form.dataset.ready) return;
    form.dataset.ready = "1";
    if (typeof L === "undefined") await load(form);
    const image = form.querySelector("[type=image]");
    const field = form.querySelector("[name=point]");
    const box = document.createElement("div");
    box.className = "pin-map";
    image.replaceWith(box);
    const { map, bounds } = build(box, numbers(form.dataset.pin));
    L.imageOverlay(image.src, bounds).addTo(map);
    const icon = L.divIcon({ className: "pin-mark", iconSize: [18, 18] });
    let mark = null;
    const put = (point) => {
      if (!mark) {
        mark = L.marker(point, { icon, draggable: true, alt: words("Ghim", "Pin") }).addTo(map);
        mark.on("dragend", () => note(mark.getLatLng()));
      }
      mark.setLatLng(point);
    };
    const note = ({ lat, lng }) => { field.value = `${lat.toFixed(5)}, ${lng.toFixed(5)}`; };
    const read = () => {
      const [lat, lng] = field.value.split(",").map(Number);
      if (Number.isFinite(lat) && Number.isFinite(lng) && bounds.contains([lat, lng])) put([lat, lng]);
    };
    map.on("click", ({ latlng }) => { put(latlng); note(latlng); });
    field.addEventListener("change", read);
    read();
  };
  document.addEventListener("toggle", (event) => {
    const form = event.target.open && event.target.querySelector(":scope > [data-pin]");
    if (form) open(form);
  }, true);
  for (const form of document.querySelectorAll("details[open] > [data-pin]")) open(form);
})();
