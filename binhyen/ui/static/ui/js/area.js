// The page of an area: keep it for reading offline, say so when a stored copy is shown, hide what expired meanwhile.
(() => {
  "use strict";
  const page = document.querySelector("[data-made]");
  if (!page) return;
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/xa-phuong/ngoai-tuyen.js").catch(() => {});
  const note = page.querySelector("[data-offline-note]");
  const isStored = page.hasAttribute("data-stored"); // by the service worker: this is the stored copy
  const show = () => {
    note.hidden = navigator.onLine && !isStored;
    for (const item of page.querySelectorAll("[data-until]")) item.hidden = Date.parse(item.dataset.until) <= Date.now();
  };
  // The event comes before the network is usable; the service worker leaves HEAD to the network.
  const renew = () => fetch(location.href, { method: "HEAD" })
    .then((answer) => (answer.status < 500 ? location.reload() : Promise.reject(answer)))
    .catch(() => setTimeout(renew, 3000));
  addEventListener("online", renew);
  if (isStored && navigator.onLine) setTimeout(renew, 3000);
  addEventListener("offline", show);
  show();
})();
