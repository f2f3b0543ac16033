// Service worker of notices: shows the texts that the server sends, acknowledges an alarm, opens a page. It reads no page and stores nothing.
"use strict";
const ACKNOWLEDGE = "nhan";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let notice = {};
  try { notice = event.data.json(); } catch { /* a notice without a readable text still says that something happened */ }
  event.waitUntil(self.registration.showNotification(notice.title || "", {
    body: notice.body || "",
    tag: notice.tag || "",
    renotify: Boolean(notice.tag && notice.urgent),
    requireInteraction: Boolean(notice.urgent),
    lang: "vi",
    data: { url: notice.url || "/", token: notice.token || "", tag: notice.tag || "", failed: notice.failed || "" },
    actions: notice.token ? [{ action: ACKNOWLEDGE, title: notice.action || "" }] : [],
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data || {};
  event.waitUntil(event.action === ACKNOWLEDGE && data.token ? acknowledge(data) : openPage(data.url));
});

// The address is ours: a path on this site and nothing else.
const openPage = async (path) => {
  const target = new URL(path || "/", self.location.origin);
  if (target.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((page) => new URL(page.url).pathname === target.pathname);
  if (open) await open.focus();
  else await self.clients.openWindow(target.href);
};

const acknowledge = async ({ token, url, tag, failed }) => {
  try {
    const answer = await fetch("/chuong/nhan", { method: "POST", body: new URLSearchParams({ token }), credentials: "omit" });
    const { text } = await answer.json();
    await self.registration.showNotification(text, { tag, lang: "vi", data: { url } });
  } catch {
    await self.registration.showNotification(failed, { tag, lang: "vi", data: { url } });
  }
};

// The push service gave this browser a new address, or ended the old one.
self.addEventListener("pushsubscriptionchange", (event) => {
  const old = event.oldSubscription;
  if (!old) return;
  const key = old.options.applicationServerKey;
  const renew = async () => {
    const fresh = event.newSubscription || await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = fresh.toJSON();
    const text = btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    const body = new URLSearchParams({ old: old.endpoint, endpoint, p256dh: keys.p256dh, auth: keys.auth, key: text });
    await fetch("/chuong/doi", { method: "POST", body, credentials: "omit" });
  };
  event.waitUntil(renew());
});
