// Service worker of the report form: the form opens without a line, and a stored report is sent when the line is back.
"use strict";
const PAGE = "report-1"; // the empty form
const ASSETS = "report-assets-1";
const FORM = "/bao-tin";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(storeForm().catch(() => {}));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(loadAsset(event.request));
  else if (event.request.mode === "navigate" && url.pathname === FORM) event.respondWith(loadForm(event.request));
});
self.addEventListener("sync", (event) => {
  if (event.tag === "send-reports") event.waitUntil(sendStored());
});

// The form after its style and scripts: the line may break before the first visit has loaded them.
const storeForm = async () => {
  const answer = await fetch(FORM);
  if (!answer.ok) return;
  const links = (await answer.clone().text()).matchAll(/(?:src|href)="(\/static\/[^"]+\.(?:css|js)\b[^"]*)"/g);
  await (await caches.open(ASSETS)).addAll(new Set([...links].map((link) => link[1])));
  await (await caches.open(PAGE)).put(FORM, answer);
};

const loadForm = async (request) => {
  const cache = await caches.open(PAGE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(FORM, answer.clone());
    return answer;
  } catch (problem) {
    const stored = await cache.match(FORM, { ignoreVary: true });
    if (stored) return stored;
    throw problem;
  }
};

const loadAsset = async (request) => {
  const cache = await caches.open(ASSETS);
  const stored = await cache.match(request, { ignoreVary: true });
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

// The same store as in form.js. Its page may be closed; the receipt is found on the next visit.
const withStore = (mode, work) => new Promise((resolve, reject) => {
  // nosemgrep: kept-in-the-browser  the form says so, with a button that deletes it
  const opening = indexedDB.open("binh-yen", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("reports", { keyPath: "key" });
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const request = work(opening.result.transaction("reports", mode).objectStore("reports"));
    request.onsuccess = () => { resolve(request.result); opening.result.close(); };
    request.onerror = () => { reject(request.error); opening.result.close(); };
  };
});
const sendStored = async () => {
  const open = await self.clients.matchAll({ type: "window" });
  if (open.some((client) => new URL(client.url).pathname === FORM)) return; // that page sends by itself
  for (const row of await withStore("readonly", (rows) => rows.getAll())) {
    if (row.sent) continue;
    const form = await (await fetch(FORM)).text();
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(form);
    const body = new FormData();
    for (const [name, value] of row.fields) body.append(name, name === "csrfmiddlewaretoken" && token ? token[1] : value);
    const answer = await fetch(row.action, { method: "POST", body });
    if (answer.redirected) await withStore("readwrite", (rows) => rows.put({ key: row.key, at: row.at, sent: new URL(answer.url).pathname }));
    else if (answer.status >= 500 || answer.status === 429) throw new Error(answer.status); // the browser tries again
    else return; // refused: the person must see why, on the next visit
  }
};
