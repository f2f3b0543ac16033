// All officers' pages: one event stream, self-refreshing counters and queue, an alarm that sounds until it is acknowledged.
// Events: case, alarm, quiet, queue, flag, summons, late, behind with JSON {"id": mark, "case": code, "version": n}; reset when the feed no longer has the
// missed events; deaf and hears when the server lost or regained its database; close when a session of this user ended, perhaps this one. The browser resumes with Last-Event-ID; after a restart
// the feed repeats half a minute, so duplicate ids are dropped.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
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

  // Refresh the user's lists and counters: on the desk the queue with the counters, elsewhere the counters alone. A burst of events makes
  // one request; pages with counters only wait a little longer, each with its own delay.
  let waiting = 0;
  const refresh = () => {
    const desk = document.querySelector("[data-queue]");
    if (waiting || !window.htmx || !(desk || document.getElementById("so-viec"))) return;
    const ask = () => { waiting = 0; if (desk) htmx.trigger("#queue", "refresh-queue"); else htmx.trigger("#so-viec", "renew-numbers"); };
    waiting = setTimeout(ask, desk ? 150 : 200 + Math.random() * 600);
  };
  const numbers = () => {
    const told = document.querySelector("[data-numbers]");
    for (const place of told ? document.querySelectorAll(".nav .nav-n") : []) {
      const number = told.querySelector(`[data-number="${place.closest("a").getAttribute("href")}"]`);
      place.textContent = number ? number.textContent : "";
      place.hidden = !number;
      place.classList.toggle("hot", Boolean(number?.classList.contains("hot")));
    }
  };

  // The alarm: two synthesised tones, repeated every three seconds; the title flashes; text says the same for deaf users.
  const title = document.title;
  const sounds = [...document.querySelectorAll("[data-sound]")];
  const strip = document.querySelector("[data-strip]");
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
    if (!context) {
      context = new Maker();
      context.onstatechange = label; // the button shows the actual state, also when the browser changes it
    }
    context.resume().then(label, label);
  };
  const muted = document.querySelector("[data-muted]");
  const label = () => {
    const on = wanted() && context?.state === "running";
    if (muted) muted.hidden = Boolean(on) || !urgent();
    for (const sound of sounds) {
      sound.hidden = false;
      sound.setAttribute("aria-pressed", String(Boolean(on)));
      sound.querySelector("[data-sound-text]").textContent = on ? words("Chuông đang bật", "Alarm sound is on") : words("Bật chuông", "Turn on alarm sound");
    }
  };
  muted?.addEventListener("click", () => {
    // nosemgrep: kept-in-the-browser  on or off, no personal data
    try { localStorage.setItem("sound", "on"); } catch { /* lasts for this page only */ }
    ready();
    setTimeout(ring, 100);
  });
  for (const sound of sounds) sound.addEventListener("click", () => {
    const on = sound.getAttribute("aria-pressed") === "true";
    // nosemgrep: kept-in-the-browser  on or off, no personal data
    try { localStorage.setItem("sound", on ? "off" : "on"); } catch { /* lasts for this page only */ }
    ready();
    label();
    if (!on) setTimeout(ring, 100);
  });
  // Start at once if the browser allows it: an untouched desk rings too. Other browsers allow sound only after a gesture:
  // there the button shows «off», and the first tap or key anywhere enables the sound.
  // Not on the sound button itself: its click would switch the sound off again.
  const arm = (event) => { if (!sounds.some((sound) => sound.contains(event.target))) ready(); };
  for (const gesture of ["click", "keydown"]) addEventListener(gesture, arm, { once: true });

  const urgent = () => alarming.size - alarming.has(SEALED);
  let deaf = false; // refused for good, e.g. after the session ended: alarms are no longer received here
  const flash = () => {
    if (strip) strip.hidden = !urgent();
    label();
    if (!alarming.size && !deaf) {
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
      const cases = Math.max(urgent(), Number(document.querySelector("[data-alarms]")?.dataset.alarms || 0)); // the alarm box does not show all
      const told = cases ? words(`⚠ ${cases} VỤ KHẨN CẤP`, `⚠ ${cases} URGENT`) : words("⚠ MỜI MỞ TRANG GIỮ KÍN", "⚠ OPEN THE SEALED ROOM");
      document.title = on ? (deaf ? words("⚠ KHÔNG CÒN NGHE BÁO ĐỘNG", "⚠ HEARS NO ALARMS") : told) : title;
      if (count++ % (alarming.size ? 3 : 30) === 0) ring();
    }, 1000);
    ring();
  };
  const fresh = () => { // the queue or the counters just arrived: they list every alarm of this user
    const queue = document.querySelector("[data-queue]");
    const rings = strip && document.querySelector("[data-rings]");
    if (queue || rings) alarming.clear();
    for (const mark of document.querySelectorAll(rings ? "[data-summons]" : "[data-alarm]")) if (mark.dataset.alarm) alarming.add(mark.dataset.alarm);
    if (rings) for (const code of rings.dataset.rings.split(" ")) if (code) alarming.add(code);
    numbers();
    flash();
  };

  const seen = new Set();
  let caught = 0;
  const HANDLERS = {
    queue: refresh,
    case(event) {
      if (urgent() || document.querySelector("[data-queue]")) refresh();
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
      refresh();
      HANDLERS.case(event);
    },
    flag(event) { // a flagged group message, or one that was settled
      refresh();
      const list = document.querySelector("[data-group]");
      if (list && list.dataset.group === event.group && !list.contains(document.activeElement) && window.htmx) htmx.trigger(list, "refresh-flags");
    },
    summons(event) { // called to the page of sealed cases; the reason is not sent
      for (const mark of document.querySelectorAll("[data-summons]")) {
        mark.hidden = !event.on;
        if (event.on) mark.dataset.alarm = SEALED;
        else delete mark.dataset.alarm;
      }
      if (event.on) alarming.add(SEALED);
      else alarming.delete(SEALED);
      flash();
      refresh();
    },
    late() { // a legal deadline passed; pages loaded from now on show which
      for (const mark of document.querySelectorAll("[data-late]")) mark.hidden = false;
      refresh();
    },
    behind() { // incoming messages are not processed; repeated every quarter of a minute
      for (const mark of document.querySelectorAll("[data-behind]")) mark.hidden = false;
      clearTimeout(caught);
      caught = setTimeout(() => { for (const mark of document.querySelectorAll("[data-behind]")) mark.hidden = true; }, 60000);
    },
    reset() {
      refresh();
      const note = document.querySelector("[data-case-changed]");
      if (note) note.hidden = false;
    },
    deaf() { state("lost"); }, // the server lost its database and gets no events
    hears() { state("open"); refresh(); },
    close() { state("lost"); }, // the server ends the stream; the browser reconnects and learns whether it still has access
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

  // The cover, the page and the title must not promise an alarm that cannot sound.
  const hears = (yes) => {
    if (deaf === !yes) return;
    deaf = !yes;
    for (const mark of document.querySelectorAll("[data-deaf]")) mark.hidden = yes;
    for (const mark of document.querySelectorAll("[data-hears]")) mark.hidden = !yes;
    for (const mark of document.querySelectorAll("[data-ending]")) mark.hidden = true; // it happened, or is shown again below
    flash();
    if (deaf) refresh(); // if the session was ended elsewhere (moved, locked, stolen), the server covers the screen
  };
  if (document.querySelector("[data-behind]:not([hidden])")) HANDLERS.behind();
  let stream = null;
  let dropped = false;
  const listen = () => {
    stream = new EventSource(url);
    stream.addEventListener("open", () => {
      state("open");
      hears(true);
      if (dropped) refresh(); // events that the stream could not replay
      dropped = false;
    });
    stream.addEventListener("error", () => {
      dropped = true;
      const refused = stream.readyState === EventSource.CLOSED; // for good; else the browser retries by itself
      state(refused ? "ended" : "lost");
      if (!refused) return;
      hears(false);
      setTimeout(listen, 15000); // a proxy failed for a moment, or the user signed in again in another tab
    });
    for (const name of ["message", ...Object.keys(HANDLERS)]) stream.addEventListener(name, receive);
  };
  listen();
  addEventListener("pagehide", () => stream.close());

  // Warn in the session's last half hour, because the alarm ends with the session.
  const ends = document.body.dataset.ends ? Date.now() + Number(document.body.dataset.ends) * 1000 : 0;
  const ending = () => {
    const notes = [...document.querySelectorAll("[data-ending]")];
    if (!ends || deaf || ends - Date.now() > 1800000 || !notes.some((note) => note.hidden)) return;
    for (const note of notes) {
      note.hidden = false;
      note.querySelector("time").textContent = new Date(ends).toLocaleTimeString("vi", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
    }
    ring();
  };
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.id === "queue") fresh(); });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "so-viec") fresh(); });
  fresh();
  label();
  if (wanted()) ready();

  const ago = (minutes) => (!minutes ? words("vừa xong", "just now") : words(`${minutes} phút trước`, `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago`));
  // Update «5 phút trước» while the page is open.
  ending();
  setInterval(() => {
    ending();
    for (const mark of document.querySelectorAll("time[data-ago]")) {
      const minutes = Math.floor((Date.now() - Date.parse(mark.dateTime)) / 60000);
      if (minutes >= 0 && minutes < 60) mark.textContent = ago(minutes);
    }
  }, 20000);
})();
