// The whole queue by keyboard. The selected case is the one whose link has the focus, so nothing is hidden from a reader.
(() => {
  "use strict";
  const links = () => [...document.querySelectorAll("[data-row-link]")];
  const current = () => document.activeElement?.closest("[data-row], [data-alarm]");
  const typing = (target) => target.isContentEditable || target.matches("input, textarea, select") || document.querySelector("dialog[open]");

  let last = null; // the case last selected, found again after the queue was refreshed
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  };
  const click = (selector, everywhere) => {
    const inside = current()?.querySelector(selector);
    (inside || (everywhere ? document.querySelector(selector) : null))?.click();
  };
  const focus = (selector) => document.querySelector(selector)?.focus();
  const help = () => {
    const dialog = document.querySelector("[data-keys-dialog]");
    if (!dialog) return false;
    dialog.showModal();
    return true;
  };

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => document.activeElement?.matches("[data-row-link]") && document.activeElement.click(),
    a: () => click("[data-acknowledge]", true),
    t: () => click("[data-take]", Boolean(document.querySelector("[data-case]"))),
    r: () => focus("[data-reply]"),
    n: () => focus("[data-note]"),
    u: () => document.querySelector("[data-back]")?.click(),
    "/": () => (document.querySelector("[data-search]") ? focus("[data-search]") : document.querySelector("[data-search-page]")?.click()),
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    // A note alone is sent by a key: no key sends words to a citizen.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-note]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (event.key === "Escape" && event.target.matches("input, textarea")) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const action = KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]") && help()) event.preventDefault();
  });

  // A refresh of the queue keeps the place.
  document.addEventListener("focusin", () => { last = current()?.dataset.row || current()?.dataset.alarm || last; });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "queue" || document.activeElement !== document.body || !last) return;
    const key = CSS.escape(last);
    document.querySelector(`[data-alarm="${key}"] [data-row-link], [data-row="${key}"] [data-row-link]`)?.focus({ preventScroll: true });
  });
})();
