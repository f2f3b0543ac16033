// Service worker of the pages of areas: what was read stays readable offline; online, the server always decides.
"use strict";
const PAGES = "areas-1";
const ASSETS = "area-assets-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => ![PAGES, ASSETS].includes(name)).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(loadAsset(event.request));
  else if (url.pathname.startsWith("/xa-phuong")) event.respondWith(loadPage(event.request));
});

// A page: from the network; the stored copy, marked as such, only where there is none.
const loadPage = async (request) => {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    else if (answer.status === 404 || answer.status === 410) await cache.delete(request);
    return answer;
  } catch (problem) {
    const stored = await cache.match(request, { ignoreVary: true });
    if (!stored) throw problem;
    const text = await stored.text();
    return new Response(text.replace("data-made=", "data-stored data-made="), { headers: stored.headers });
  }
};

// Style or script: its name changes with its content, so the stored copy is right.
const loadAsset = async (request) => {
  const cache = await caches.open(ASSETS);
  const stored = await cache.match(request, { ignoreVary: true });
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};
