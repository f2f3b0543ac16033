// Light, dark, or the system setting. Runs before the first paint to avoid flashing; on a visitor's first page, async.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = (own, english) => (document.documentElement.lang === "en" ? english : own);
  const nameOf = (choice) => ({ auto: words("theo máy", "same as device"), light: words("sáng", "light"), dark: words("tối", "dark") })[choice];
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  let choice = "auto";
  try { choice = localStorage.getItem("theme") || "auto"; } catch { /* storage may be off */ }

  const apply = () => {
    if (choice === "auto") delete root.dataset.theme; else root.dataset.theme = choice;
  };
  apply();

  const buttons = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      const name = button.querySelector("[data-theme-name]");
      const say = () => { name.textContent = [words("Giao diện:", "Theme:"), nameOf(choice)].join(" "); };
      button.hidden = false;
      say();
      button.addEventListener("click", () => {
        choice = ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length];
        // nosemgrep: kept-in-the-browser  light or dark, no personal data
        try { localStorage.setItem("theme", choice); } catch { /* lasts for this page only */ }
        apply();
        say();
      });
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", buttons); else buttons();
  document.addEventListener("page:swapped", buttons); // the page was replaced by its other language: form.js
})();
