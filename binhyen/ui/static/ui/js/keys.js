// Keyboard control of the queue. The selected item has the focus (a case's link or a message's row), so screen readers follow.
(() => {
  "use strict";
  const ALARM = "[data-alarm]:has([data-row-link])";
  const rows = () => [...document.querySelectorAll(`[data-row], ${ALARM}`)];
  const current = () => document.activeElement?.closest("[data-row], [data-alarm]");
  const onCase = () => document.querySelector("[data-case]");
  const typing = (target) => target.isContentEditable || target.matches("input, textarea, select") || document.querySelector("dialog[open]");

  // Across page changes: the case that was open, and the order of its list. Codes only, in this tab only.
  const kept = {
    get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or off */ } },
    take(key) { const value = kept.get(key); try { sessionStorage.removeItem(key); } catch { /* off */ } return value; },
  };

  let last = null; // the last selected case, selected again after a refresh of the queue
  let ringing = []; // if it was an alarm: the codes of all alarms, in order
  const select = (row, how) => {
    const link = row.querySelector("a[data-row-link]");
    if (!link) row.tabIndex = -1; // a message has no link: focus the row itself, so that no key opens an unseen case
    (link || row).focus(how);
  };
  const find = (key) => document.querySelector(`[data-alarm="${CSS.escape(key)}"]:has([data-row-link]), [data-row="${CSS.escape(key)}"]`);
  const move = (step) => {
    if (onCase()) { beside(step); return; }
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    select(all[next]);
    all[next].scrollIntoView({ block: "nearest" });
  };
  const beside = (step) => {
    const list = kept.get("rows") || [];
    const at = list.indexOf(location.pathname);
    if (at >= 0 && list[at + step]) location.assign(list[at + step]);
  };
  // On a case page its own button; on a list only that of the selected item, never simply the first one.
  const click = (selector) => (onCase() || current())?.querySelector(selector)?.click();
  const focus = (selector) => {
    const field = document.querySelector(selector);
    const fold = field?.closest("details");
    if (fold) fold.open = true;
    field?.focus();
  };
  const help = () => {
    const dialog = document.querySelector("[data-keys-dialog]");
    if (!dialog) return false;
    dialog.showModal();
    return true;
  };

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => current()?.querySelector("[data-row-link]")?.click(),
    Enter: () => document.activeElement.querySelector("[data-row-link]")?.click(),
    a: () => click("[data-acknowledge]"),
    t: () => click("[data-take]"),
    s: () => focus("#trang-thai"),
    g: () => focus("#giao"),
    x: () => focus("#ket-qua"),
    r: () => focus("[data-reply]"),
    n: () => focus("[data-note]"),
    u: () => document.querySelector("[data-back]")?.click(),
    "/": () => (document.querySelector("[data-search]") ? focus("[data-search]") : document.querySelector("[data-search-page]")?.click()),
    "?": help,
  };
  document.addEventListener("click", (event) => {
    for (const fold of document.querySelectorAll(".nav-bar details[open]")) if (!fold.contains(event.target)) fold.open = false;
  });
  document.addEventListener("keydown", (event) => {
    // Only a note is sent by a key: no key sends text to a citizen.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-note]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    const fold = event.key === "Escape" && document.querySelector(".nav-bar details[open]");
    if (fold) { fold.open = false; fold.querySelector("summary").focus(); return; }
    if (event.key === "Escape" && event.target.matches("input, textarea, select")) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const action = KEYS[event.key];
    if (event.repeat && !"jk".includes(event.key)) return; // a key held down must not stop a second alarm
    if (!action || (event.key === "Enter" && !event.target.matches("[data-row]"))) return; // links and buttons handle the key themselves
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]") && help()) event.preventDefault();
  });

  // After an alarm is stopped or a case assigned, the next row moves under the finger: an impatient second tap would stop
  // it unread.
  const STILL = 700; // ms
  let pressed = false;
  let until = 0;
  document.addEventListener("click", (event) => {
    if (!event.isTrusted || !event.target.closest("#queue :is([data-acknowledge], [data-take])")) return;
    if (event.timeStamp < until) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    pressed = true;
    until = event.timeStamp + STILL;
  }, true);
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "queue" || !pressed) return;
    pressed = false;
    until = performance.now() + STILL;
  });

  // After a refresh, too, a click must not hit another row that moved there. Where no row was before, the click is
  // accepted: nothing else was meant.
  const part = (element) => element.closest("#queue :is([data-row], [data-alarm])") || element.closest("#queue :is(a, button, summary)");
  const name = (element) => element.dataset.row || element.dataset.alarm || element.href || element.textContent;
  let lay = []; // positions before the refresh
  let settled = 0;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "queue") return;
    const parts = new Set([...document.querySelectorAll("#queue :is([data-row], [data-alarm], a, button, summary)")].map(part));
    lay = [...parts].map((element) => [element.getBoundingClientRect(), name(element)]);
    settled = performance.now() + STILL;
  });
  document.addEventListener("click", (event) => {
    const pointed = event.isTrusted && event.detail && event.timeStamp < settled && part(event.target);
    if (!pointed) return;
    const [x, y] = [event.clientX, event.clientY];
    const before = lay.findLast(([box]) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    if (before && before[1] !== name(pointed)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // A refresh of the queue keeps the selection.
  document.addEventListener("focusin", () => {
    const row = current();
    if (!row) return;
    last = row.dataset.row || row.dataset.alarm;
    ringing = row.dataset.alarm ? alarms() : [];
  });
  // After an alarm is stopped, select the next alarm, not the row of the stopped one.
  const alarms = () => [...document.querySelectorAll(ALARM)].map((alarm) => alarm.dataset.alarm);
  const following = () => {
    const left = alarms();
    if (!ringing.length || left.includes(last)) return last;
    const at = ringing.indexOf(last);
    return [...ringing.slice(at + 1), ...ringing.slice(0, at).reverse()].find((code) => left.includes(code)) || left[0] || last;
  };
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "queue" || document.activeElement !== document.body || !last) return;
    const row = find(following());
    if (row) select(row, { preventScroll: true });
  });

  // The case remembers its list, and the list remembers the case that was open.
  if (onCase()) kept.set("last", onCase().dataset.case);
  else {
    const paths = [...document.querySelectorAll("a[data-row-link]")].map((link) => link.pathname);
    const back = paths.length ? kept.take("last") : null;
    const row = back && find(back);
    if (paths.length) kept.set("rows", [...new Set(paths)]);
    if (row) select(row);
  }
})();
