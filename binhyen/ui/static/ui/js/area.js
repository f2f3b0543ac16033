// The page of an area: keep it for reading offline, say so when a stored copy is shown, hide what expired meanwhile.
(() => {
  "use strict";
  const page = document.querySelector("[data-made]");
  if (!page) return;
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/xa-phuong/ngoai-tuyen.js").catch(() => {});
  const note = page.querySelector("[data-offline-note]");
  const show = () => {
    note.hidden = navigator.onLine;
    for (const item of page.querySelectorAll("[data-until]")) item.hidden = Date.parse(item.dataset.until) <= Date.now();
  };
  addEventListener("online", () => location.reload());
  addEventListener("offline", show);
  show();
})();
