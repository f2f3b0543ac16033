// The live desk: one event stream, a queue that refreshes itself, an alarm until somebody acknowledges.
// Events: case, alarm, quiet, queue, flag, summons, late with JSON {"id": row, "case": code, "version": n}; reset when the feed no longer knows what
// was missed; close when a session of this person ended, maybe this one. The browser resumes with Last-Event-ID by itself; after a restart
// the feed repeats half a minute, so an id seen before is dropped.
(() => {
  "use strict";
  // Each text in both languages; the page says which is its own.
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const url = document.body.dataset.live;
  if (!url || !window.EventSource) return;

  // Connection state, in words.
  const STATES = {
    open: words("Trực tiếp", "Live"),
    lost: words("Mất kết nối, đang nối lại", "Connection lost, reconnecting"),
    ended: words("Đã ngừng cập nhật. Tải lại trang để xem tin mới", "Updates stopped. Reload the page to see what is new"),
  };
  const state = (name) => {
    for (const mark of document.querySelectorAll("[data-live-state]")) {
      if (mark.dataset.state === name) continue;
      mark.dataset.state = name;
      mark.textContent = STATES[name];
    }
  };

  // The queue: many events in a burst make one request.
  let waiting = 0;
  const refresh = () => {
    if (waiting || !document.querySelector("[data-queue]")) return;
    waiting = setTimeout(() => { waiting = 0; if (window.htmx) htmx.trigger("#queue", "refresh-queue"); }, 150);
  };

  // The alarm: two tones made here, repeated every three seconds; the title flashes; words say the same for those who do not hear.
  const title = document.title;
  const sound = document.querySelector("[data-sound]");
  const alarming = new Set();
  const SEALED = "giu-kin";
  let context = null;
  let beat = 0;
  const wanted = () => { try { return localStorage.getItem("sound") !== "off"; } catch { return true; } };
  const tone = (at, pitch) => {
    const wave = context.createOscillator();
    const loud = context.createGain();
    wave.type = "triangle";
    wave.frequency.value = pitch;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.35, at + 0.02);
    loud.gain.setValueAtTime(0.35, at + 0.22);
    loud.gain.linearRampToValueAtTime(0, at + 0.28);
    wave.connect(loud).connect(context.destination);
    wave.start(at);
    wave.stop(at + 0.3);
  };
  const ring = () => {
    if (!wanted() || context?.state !== "running") return;
    const at = context.currentTime;
    for (const [step, pitch] of [[0, 880], [0.3, 660], [0.6, 880]]) tone(at + step, pitch);
  };
  const ready = () => {
    const Maker = window.AudioContext || window.webkitAudioContext;
    if (!Maker) return;
    context ||= new Maker();
    context.resume().then(label, label);
  };
  const label = () => {
    if (!sound) return;
    const on = wanted() && context?.state === "running";
    sound.hidden = false;
    sound.setAttribute("aria-pressed", String(Boolean(on)));
    sound.querySelector("[data-sound-text]").textContent = on ? words("Chuông đang bật", "Alarm sound is on") : words("Bật chuông", "Turn on alarm sound");
  };
  sound?.addEventListener("click", () => {
    const on = sound.getAttribute("aria-pressed") === "true";
    // nosemgrep: kept-in-the-browser  on or off, nothing of anybody
    try { localStorage.setItem("sound", on ? "off" : "on"); } catch { /* this page only */ }
    ready();
    label();
    if (!on) setTimeout(ring, 100);
  });
  // Browsers let a page sound only after a gesture: the first tap or key anywhere arms the bell.
  // The bell's own button is left out: arming it there would make its click switch it off again.
  const arm = (event) => { if (!sound?.contains(event.target)) ready(); };
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, arm, { once: true });

  const flash = () => {
    if (!alarming.size) {
      clearInterval(beat);
      beat = 0;
      document.title = title;
      return;
    }
    if (beat) return;
    let on = false;
    let count = 0;
    beat = setInterval(() => {
      on = !on;
      const cases = alarming.size - alarming.has(SEALED);
      const urgent = cases ? words(`⚠ ${cases} VỤ KHẨN CẤP`, `⚠ ${cases} URGENT`) : words("⚠ MỜI MỞ TRANG GIỮ KÍN", "⚠ OPEN THE SEALED ROOM");
      document.title = on ? urgent : title;
      if (count++ % 3 === 0) ring();
    }, 1000);
    ring();
  };
  const alarmsOnPage = () => {
    if (document.querySelector("[data-queue]")) alarming.clear(); // the queue lists every alarm this person hears
    for (const mark of document.querySelectorAll("[data-alarm]")) alarming.add(mark.dataset.alarm);
    flash();
  };

  const seen = new Set();
  const HANDLERS = {
    queue: refresh,
    case(event) {
      refresh();
      const open = document.querySelector("[data-case]");
      if (!open || open.dataset.case !== event.case) return;
      if (event.version && Number(event.version) <= Number(open.dataset.version)) return;
      const note = document.querySelector("[data-case-changed]");
      if (note) note.hidden = false;
    },
    alarm(event) {
      alarming.add(event.case);
      flash();
      refresh();
    },
    quiet(event) {
      alarming.delete(event.case);
      flash();
      HANDLERS.case(event);
    },
    flag(event) { // a message in a group to look at, or one that somebody settled
      for (const mark of document.querySelectorAll("[data-flags]")) {
        const count = Math.max(0, Number(mark.textContent.replace(/[.,]/g, "")) + (event.settled ? -1 : 1));
        mark.textContent = count || "";
        mark.hidden = !count;
      }
      const list = document.querySelector("[data-group]");
      if (list && list.dataset.group === event.group && !list.contains(document.activeElement) && window.htmx) htmx.trigger(list, "refresh-flags");
    },
    summons(event) { // called to the page where sealed things are read; nothing here says why
      for (const mark of document.querySelectorAll("[data-summons]")) {
        mark.hidden = !event.on;
        if (event.on) mark.dataset.alarm = SEALED;
        else delete mark.dataset.alarm;
      }
      if (event.on) alarming.add(SEALED);
      else alarming.delete(SEALED);
      flash();
    },
    late() { // a legal clock ran out; a page loaded from now on says which
      for (const mark of document.querySelectorAll("[data-late]")) mark.hidden = false;
    },
    reset() {
      refresh();
      const note = document.querySelector("[data-case-changed]");
      if (note) note.hidden = false;
    },
    close() { state("lost"); }, // the server ends the stream; the browser asks again and hears whether it may still listen
  };
  const receive = (message) => {
    let event;
    try { event = JSON.parse(message.data); } catch { return; }
    if (event.id) {
      if (seen.has(event.id)) return;
      seen.add(event.id);
      if (seen.size > 2000) seen.delete(seen.values().next().value);
    }
    (HANDLERS[event.type || message.type] || refresh)(event);
  };

  const stream = new EventSource(url);
  let dropped = false;
  stream.addEventListener("open", () => {
    state("open");
    if (dropped) refresh(); // whatever the stream could not replay
    dropped = false;
  });
  stream.addEventListener("error", () => {
    dropped = true;
    state(stream.readyState === EventSource.CLOSED ? "ended" : "lost"); // refused for good, or trying again
  });
  for (const name of ["message", ...Object.keys(HANDLERS)]) stream.addEventListener(name, receive);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.id === "queue") alarmsOnPage(); });
  alarmsOnPage();
  label();

  const ago = (minutes) => (!minutes ? words("vừa xong", "just now") : words(`${minutes} phút trước`, `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago`));
  // «5 phút trước» keeps growing while the page is open.
  setInterval(() => {
    for (const mark of document.querySelectorAll("time[data-ago]")) {
      const minutes = Math.floor((Date.now() - Date.parse(mark.dateTime)) / 60000);
      if (minutes >= 0 && minutes < 60) mark.textContent = ago(minutes);
    }
  }, 20000);
})();
