// Idle lock: after the role's idle time the page is covered. Alarms keep sounding; the server locks by itself.
(() => {
  "use strict";
  const idle = Number(document.body.dataset.idle) * 1000;
  const cover = document.querySelector("[data-lock]");
  if (!idle || !cover) return;
  const TELL = Math.min(idle / 3, 300000); // a user who types for long sends no request: report activity regularly
  let seen = Date.now();
  let told = Date.now();

  const lock = () => {
    if (cover.open) return;
    cover.querySelector("[data-unlock]").href = `/dang-nhap?next=${encodeURIComponent(location.pathname + location.search)}`;
    document.body.classList.add("is-locked");
    cover.showModal();
  };
  const here = (event) => {
    if (cover.open) {
      if (event.type === "keydown" && !["Tab", "Enter", " "].includes(event.key)) event.stopImmediatePropagation(); // no commands
      return;
    }
    if (Date.now() - seen >= idle) { lock(); return; } // the computer slept: the next user may be another person
    seen = Date.now();
    if (seen - told > TELL) {
      told = seen;
      fetch("/bao-mat/dang-lam", { redirect: "manual" }).then((answer) => { if (answer.status !== 204) lock(); }, () => {});
    }
  };
  for (const gesture of ["pointerdown", "keydown", "scroll", "touchstart"]) addEventListener(gesture, here, { passive: true, capture: true });
  cover.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("screen-locked", lock);
  setInterval(() => { if (Date.now() - seen >= idle) lock(); }, 5000);
})();
