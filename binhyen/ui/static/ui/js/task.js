// Proof of work before another receipt attempt, instead of waiting. Without this file the user waits.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const form = document.querySelector("form[data-task]");
  if (!form || !crypto.subtle) return;
  const { task, bits } = form.dataset;
  const note = form.querySelector("[data-task-note]");
  const button = form.querySelector("button");
  const encoder = new TextEncoder();
  const zeros = (bytes) => {
    let count = 0;
    for (const byte of bytes) {
      if (byte === 0) { count += 8; continue; }
      return count + Math.clz32(byte) - 24;
    }
    return count;
  };
  const search = async () => {
    button.disabled = true;
    if (note) note.textContent = words("Máy đang chuẩn bị, vài giây…", "Getting ready, a few seconds…");
    for (let n = 0; ; n += 256) {
      const tries = Array.from({ length: 256 }, (_, i) => crypto.subtle.digest("SHA-256", encoder.encode(`${task}:${n + i}`)));
      const found = (await Promise.all(tries)).findIndex((hash) => zeros(new Uint8Array(hash)) >= Number(bits));
      if (found >= 0) {
        form.querySelector("[name=answer]").value = String(n + found);
        button.disabled = false;
        if (note) note.textContent = words("Xong. Bạn bấm Xem.", "Ready. Select View.");
        return;
      }
    }
  };
  search();
})();
