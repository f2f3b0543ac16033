// Nobody at the screen: after the role's idle time the page is covered. What rings goes on ringing; the server locks by itself.
(() => {
  "use strict";
  const idle = Number(document.body.dataset.idle) * 1000;
  const cover = document.querySelector("[data-lock]");
  if (!idle || !cover) return;
  const TELL = Math.min(idle / 3, 300000); // somebody who writes for long makes no request: say so now and then
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
    if (Date.now() - seen >= idle) { lock(); return; } // the machine slept: whoever comes back first may be somebody else
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
