// Forms: sent once, drafts kept on this device, photo previews, position on request. Without this file they still work.
(() => {
  "use strict";
  // Each text in both languages; the page says which is its own.
  const words = (own, english) => (document.documentElement.lang === "en" ? english : own);
  const PREFIX = "draft:";
  const KEPT = 24 * 60 * 60 * 1000; // a phone is lent, and what was begun yesterday lies there no more
  const store = {
    get(key) {
      try {
        const { at, value } = JSON.parse(localStorage.getItem(PREFIX + key)) ?? {};
        if (Date.now() - at < KEPT) return value;
      } catch { /* off, or of another release */ }
      store.drop(key);
      return null;
    },
    set(key, value) {
      const kept = JSON.stringify({ at: Date.now(), value });
      // nosemgrep: kept-in-the-browser  drafts: the page says so, sending or a day drops them
      try { localStorage.setItem(PREFIX + key, kept); } catch { /* full or off */ }
    },
    drop(key) { try { localStorage.removeItem(PREFIX + key); } catch { /* off */ } },
  };
  try { // whatever page is opened, drafts of any other that are over go
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) store.get(name.slice(PREFIX.length));
  } catch { /* off */ }

  // What a page needs is made once for each element, also for those that htmx brings later.
  const makers = [];
  const known = new WeakSet();
  const enhance = (selector, make) => makers.push([selector, make]);

  // A form is sent once; coming back with the back button opens it again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.submitter?.name === "switch" && !form.dataset.plainly) { event.preventDefault(); swap(form, event.submitter); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 15000); // a dead network must not lock the form for ever
  });
  // The other language, and nothing is lost: the page is asked for with what is written, files stay in their fields.
  const swap = async (form, button) => {
    const told = new FormData(form, button);
    const inputs = [...form.querySelectorAll("input[type=file]")];
    for (const input of inputs) told.delete(input.name);
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: told });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.documentElement.lang = page.documentElement.lang;
      document.title = page.title;
      document.body.replaceWith(document.adoptNode(page.body));
      settle(button.formAction);
      run(document);
      for (const input of inputs) {
        const fresh = document.getElementById(input.id);
        fresh.files = input.files;
        fresh.dispatchEvent(new Event("change"));
      }
      document.getElementById(location.hash.slice(1))?.scrollIntoView();
      document.dispatchEvent(new Event("page:swapped"));
    } catch {
      form.dataset.plainly = "1"; // as without script
      form.requestSubmit(button);
    }
  };
  // «?da-gui=1» says once that something arrived: kept in the address, every reload would say it of words not sent yet.
  const settle = (address) => {
    const plain = new URL(address);
    plain.searchParams.delete("da-gui");
    history.replaceState(null, "", plain);
  };
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", () => document.querySelectorAll("form[data-sent]").forEach(release));

  // Draft: text fields only, never files, hidden fields or passwords. The page after sending says which draft is done.
  const done = document.querySelector("[data-draft-done]");
  if (done) for (const key of [done.dataset.draftDone, `${done.dataset.draftDone}:sent`]) store.drop(key);
  if (/[?&]da-gui=/.test(location.search)) settle(location.href);
  enhance("form[data-draft]", (form) => {
    const key = form.dataset.draft;
    const fields = [...form.querySelectorAll("textarea, input[type=text], input[type=tel], input:not([type])")];
    const note = document.querySelector("[data-draft-note]");
    if (store.get(`${key}:sent`)) {
      store.drop(`${key}:sent`);
      if (document.querySelector("[data-success]")) store.drop(key); // the page after sending says it arrived
    }
    const saved = store.get(key);
    if (saved) {
      for (const field of fields) if (!field.value && saved[field.name]) field.value = saved[field.name];
      if (note) note.hidden = false;
    }
    let timer = 0;
    const save = () => {
      const values = {};
      for (const field of fields) if (field.value.trim()) values[field.name] = field.value;
      if (Object.keys(values).length) store.set(key, values); else store.drop(key);
      if (note) note.hidden = Object.keys(values).length === 0;
    };
    // From here on the draft alone gives words back where they did not arrive: the browser's own memory of a form would
    // show them to whoever presses «back» after they did.
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      save();
      store.set(`${key}:sent`, 1);
      if (store.get(`${key}:sent`)) for (const field of [form, ...form.elements]) field.autocomplete = "off";
    });
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 300); });
    document.querySelector("[data-draft-clear]")?.addEventListener("click", () => {
      for (const field of fields) field.value = "";
      save();
      fields[0]?.focus();
    });
  });

  // Photos: show what was chosen, let one be taken out again, say so when there are too many.
  enhance("input[type=file][data-photos]", (input) => {
    const box = input.closest("form").querySelector("[data-previews]");
    const limit = Number(input.dataset.photos);
    const most = 25 * 1024 * 1024; // of a whole form; the server takes no more than 26 MB
    let chosen = [];
    const show = () => {
      box.replaceChildren(...chosen.map((file, index) => {
        const figure = document.createElement("figure");
        let image = document.createElement("figcaption");
        image.textContent = file.name;
        if (file.type.startsWith("image/")) {
          image = document.createElement("img");
          image.src = URL.createObjectURL(file);
          image.alt = words(`Ảnh ${index + 1}: ${file.name}`, `Photo ${index + 1}: ${file.name}`);
          image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
        }
        const drop = document.createElement("button");
        drop.type = "button";
        drop.setAttribute("aria-label", image.alt ? words(`Bỏ ảnh ${index + 1}`, `Remove photo ${index + 1}`) : words(`Bỏ tệp ${index + 1}`, `Remove file ${index + 1}`));
        drop.append(Object.assign(document.createElement("span"), { textContent: "×" }));
        drop.addEventListener("click", () => { chosen.splice(index, 1); put(); });
        figure.append(image, drop);
        return figure;
      }));
    };
    const say = (text) => box.append(Object.assign(document.createElement("p"), { className: "small soft", textContent: text, role: "status" }));
    const put = () => {
      const transfer = new DataTransfer();
      for (const file of chosen) transfer.items.add(file);
      input.files = transfer.files;
      show();
    };
    input.addEventListener("change", () => {
      const fresh = [...input.files].filter((file) => "any" in input.dataset || file.type.startsWith("image/"));
      const known = new Set(chosen.map((file) => `${file.name}/${file.size}/${file.lastModified}`));
      const others = input.files.length - fresh.length;
      const all = [...chosen, ...fresh.filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`))];
      let size = 0;
      const fit = [];
      for (const file of all) if (size + file.size <= most) { fit.push(file); size += file.size; }
      chosen = fit.slice(0, limit);
      put();
      if (others) say(words("Chỉ gửi được ảnh; tệp khác đã bỏ ra.", "Only photos can be sent; other files were left out."));
      if (fit.length < all.length) say(words("Gộp lại quá 25 MB: tệp lớn quá đã bỏ ra.", "More than 25 MB together: what is too large was left out."));
      if (fit.length > limit) say(words(`Chỉ giữ ${limit} tệp đầu.`, `Only the first ${limit} files are kept.`));
    });
  });

  // Position: asked only when the person taps the button.
  enhance("[data-locate]", (line) => {
    if (!navigator.geolocation || !isSecureContext) return;
    line.hidden = false;
    const form = line.closest("form");
    const button = line.querySelector("button");
    const say = line.querySelector("[role=status]");
    button.addEventListener("click", () => {
      say.textContent = words("Đang tìm vị trí…", "Finding your location…");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.querySelector("[data-lat]").value = coords.latitude.toFixed(6);
          form.querySelector("[data-lon]").value = coords.longitude.toFixed(6);
          say.textContent = words(`Đã gửi kèm vị trí (sai số khoảng ${Math.round(coords.accuracy)} m).`, `Location added (within about ${Math.round(coords.accuracy)} m).`);
        },
        () => { say.textContent = words("Không lấy được vị trí. Bạn viết nơi xảy ra giúp.", "Could not find your location. Please write where it happened."); },
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  });

  // A password is shown to who asks, and hidden again before it goes: browsers remember what is in a field of text.
  enhance("input[type=password]", (input) => {
    const line = Object.assign(document.createElement("div"), { className: "password-line" });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet" });
    const said = Object.assign(document.createElement("span"), { className: "sr", role: "status" });
    input.autocapitalize = "none";
    input.spellcheck = false;
    input.before(line);
    line.append(input, button, said);
    button.setAttribute("aria-controls", input.id);
    const show = (open) => {
      input.type = open ? "text" : "password";
      button.textContent = open ? words("Ẩn", "Hide") : words("Hiện", "Show");
      button.setAttribute("aria-label", open ? words("Ẩn mật khẩu", "Hide password") : words("Hiện mật khẩu", "Show password"));
    };
    show(false);
    button.addEventListener("click", () => {
      show(input.type === "password");
      said.textContent = input.type === "text" ? words("Mật khẩu đang hiện trên màn hình.", "Your password is shown on the screen.") : words("Mật khẩu đã ẩn.", "Your password is hidden.");
    });
    input.form?.addEventListener("submit", () => show(false));
    addEventListener("pagehide", () => show(false));
  });

  // Copy buttons and ready-made answers appear only where they work.
  // All of a list at once, and none again.
  enhance("[data-all]", (label) => {
    const all = label.querySelector("input");
    label.hidden = false;
    all.addEventListener("change", () => { for (const box of label.closest("form").querySelectorAll("input[type=checkbox][name]")) box.checked = all.checked; });
  });

  enhance("[data-copy]", (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
      button.querySelector("[data-copy-text]").textContent = words("Đã chép", "Copied");
    });
  });
  enhance("[data-insert]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = document.querySelector(button.dataset.insert);
      field.setRangeText(button.dataset.text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  });
  enhance("[data-print]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  const run = (root) => {
    for (const [selector, make] of makers) {
      for (const element of root.querySelectorAll(selector)) {
        if (known.has(element)) continue;
        known.add(element);
        make(element);
      }
    }
  };
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
  const first = document.querySelector("[data-focus-first]");
  first?.focus();
  // A refused form answers at an address that cannot be opened again.
  if (first?.dataset.address) history.replaceState(null, "", first.dataset.address);
})();
