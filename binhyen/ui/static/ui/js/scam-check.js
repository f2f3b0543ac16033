// Check a number, account or link against the stored list of confirmed frauds, on this device, without a line.
(() => {
  "use strict";
  const form = document.querySelector("[data-offline-check]");
  if (!form || !window.crypto || !crypto.subtle) return;
  const words = (own, english) => (document.documentElement.lang === "en" ? english : own);
  const output = form.querySelector("[data-offline-answer]");
  const field = form.querySelector("textarea, input[name=text]");
  const hash = async (value, chars) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, chars);
  };
  // The normal forms of scams/rules/indicators.py, for what a person types by hand.
  const listForms = (text) => {
    const forms = new Set();
    for (const [number] of text.matchAll(/\+?\d[\d .()-]{5,28}\d/g)) {
      const digits = number.replace(/\D/g, "");
      forms.add(digits);
      if (/^0\d{9,10}$/.test(digits)) forms.add(`+84${digits.slice(1)}`);
      if (/^84\d{9,10}$/.test(digits)) forms.add(`+${digits}`);
      if (/^1[89]00\d{4,6}$/.test(digits)) forms.add(`+84${digits}`);
    }
    for (const [link] of text.matchAll(/(?:https?:\/\/)?[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi)) {
      const labels = link.toLowerCase().replace(/^https?:\/\//, "").replace(/^www\./, "").split(".");
      for (let size = labels.length; size > 1; size -= 1) forms.add(`${labels.slice(-size).join(".")}/`);
    }
    return [...forms].slice(0, 40);
  };
  const load = async () => { const answer = await fetch(form.dataset.offlineCheck); return answer.ok ? answer.json() : null; };
  // On the installed page the form is for the time without a line; online its link leads to the server's check.
  if ("offlineOnly" in form.dataset) {
    const show = () => { form.hidden = navigator.onLine; };
    addEventListener("online", show);
    addEventListener("offline", show);
    show();
  }
  load().catch(() => null); // keeps a copy for later: the service worker stores it
  form.addEventListener("submit", async (event) => {
    if (navigator.onLine && !("offlineOnly" in form.dataset)) return; // the server knows more
    event.preventDefault();
    let stored = null;
    try { stored = await load(); } catch { stored = null; }
    output.hidden = false;
    if (!stored || Date.parse(stored.until) < Date.now()) {
      output.textContent = words("Máy chưa có danh sách mới. Có mạng thì kiểm tra lại. Trong lúc đó đừng chuyển tiền.", "No current list on this device. Check again online. Send no money meanwhile.");
      return;
    }
    const known = new Set(stored.list.match(new RegExp(`.{${stored.chars}}`, "g")) || []);
    const hashes = await Promise.all(listForms(field.value).map((value) => hash(value, stored.chars)));
    output.textContent = hashes.some((value) => known.has(value))
      ? words("Có trong danh sách LỪA ĐẢO công an đã xác nhận. Đừng chuyển tiền, đừng gọi lại.", "On the police list of confirmed frauds. Send no money, do not call back.")
      : words("Không có trong danh sách ở máy này. Không có nghĩa là an toàn.", "Not on the list of this device. That does not mean safe.");
  });
})();
