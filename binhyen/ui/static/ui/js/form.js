// Forms: single submission, drafts stored on this device, photo previews, position on request. They work without this file.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = (own, english) => (document.documentElement.lang === "en" ? english : own);
  const PREFIX = "draft:";
  const KEPT = 24 * 60 * 60 * 1000; // phones are lent: a draft of yesterday must be gone
  const store = {
    get(key) {
      try {
        const { at, value } = JSON.parse(localStorage.getItem(PREFIX + key)) ?? {};
        if (Date.now() - at < KEPT) return value;
      } catch { /* disabled, or from another release */ }
      store.drop(key);
      return null;
    },
    set(key, value) {
      const kept = JSON.stringify({ at: Date.now(), value });
      // nosemgrep: kept-in-the-browser  drafts: the page says so; sending or one day deletes them
      try { localStorage.setItem(PREFIX + key, kept); } catch { /* full or off */ }
    },
    drop(key) { try { localStorage.removeItem(PREFIX + key); } catch { /* off */ } },
  };
  try { // every page deletes all expired drafts
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) store.get(name.slice(PREFIX.length));
  } catch { /* off */ }

  // Set up each element once, also elements that htmx loads later.
  const makers = [];
  const enhance = (selector, make) => makers.push([selector, make, new WeakSet()]);

  const sayOffline = (form) => {
    const line = form.querySelector("[data-no-line]") ?? Object.assign(document.createElement("p"), { className: "error", role: "alert" });
    line.dataset.noLine = "";
    line.textContent = words("Chưa có mạng nên chưa gửi. Nội dung vẫn còn đây: có mạng lại thì bấm gửi lần nữa.", "There is no connection, so nothing was sent. Your text is still here: send it again when the connection is back.");
    form.append(line);
    line.scrollIntoView({ block: "center" });
  };
  // A form is sent once; the back button enables it again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (!navigator.onLine && form.method === "post" && !("offline" in form.dataset)) { // not the browser's error page, which loses the text
      event.preventDefault();
      sayOffline(form);
      return;
    }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.submitter?.name === "switch" && !form.dataset.plainly) { event.preventDefault(); swap(form, event.submitter); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 15000); // a dead network must not lock the form forever
  });
  // Send the report form by script: without a line the report waits on this device instead of the browser's error page.
  const QUEUE_DAYS = 7;
  const queue = async (mode, work) => {
    const base = await new Promise((resolve, reject) => {
      // nosemgrep: kept-in-the-browser  the page says so, with a button that deletes it
      const opening = indexedDB.open("binh-yen", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("reports", { keyPath: "key" });
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const request = work(base.transaction("reports", mode).objectStore("reports"));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    } finally { base.close(); }
  };
  const post = async (action, fields) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    return fetch(action, { method: "POST", body });
  };
  // The page that answers: a receipt is opened, a page with errors replaces this one and asks for the files again.
  const answer = async (response) => {
    if (response.redirected) {
      document.querySelector("form[data-offline]")?.reset(); // «back» must not show sent text
      location.assign(response.url);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    run(document);
    scrollTo(0, 0);
    document.querySelector("[data-focus-first], [role=alert]")?.focus();
  };
  enhance("form[data-offline]", (form) => {
    if (!window.indexedDB || !window.fetch) return;
    const note = form.querySelector("[data-offline-note]");
    let busy = false;
    const sent = form.querySelector("[data-offline-sent]");
    const remove = (key) => queue("readwrite", (rows) => rows.delete(key));
    // The form may come from the worker's copy: its token and key are of another day, and every report needs its own.
    const renew = async (row) => {
      const page = new DOMParser().parseFromString(await (await fetch(row.action)).text(), "text/html");
      const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
      return row.fields.map(([name, value]) => [name, name === "csrfmiddlewaretoken" && token ? token : value]);
    };
    const flush = async () => {
      if (busy) return;
      busy = true;
      try {
        const rows = await queue("readonly", (rows) => rows.getAll());
        for (const row of rows) {
          if (row.sent) { // by the service worker, while no page was open
            sent.querySelector("a").href = row.sent;
            sent.hidden = false;
            await remove(row.key);
            continue;
          }
          if (Date.now() - row.at > QUEUE_DAYS * 86400000) { await remove(row.key); continue; }
          note.hidden = false;
          const fields = await renew(row);
          if (!(await queue("readonly", (rows) => rows.getKey(row.key)))) continue; // deleted by the person meanwhile
          const response = await post(row.action, fields);
          if (response.status >= 500 || response.status === 429 || response.status === 403) break; // it stays and is sent again
          await remove(row.key);
          note.hidden = true;
          await answer(response);
          break; // one page at a time: the next report is sent from the next page
        }
      } catch { /* still no line */ }
      busy = false;
    };
    const newKey = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replaceAll("+", "-").replaceAll("/", "_").slice(0, 43);
    if (navigator.serviceWorker && isSecureContext) navigator.serviceWorker.register("/bao-tin/ngoai-tuyen.js", { scope: "/bao-tin" }).catch(() => {});
    form.addEventListener("submit", async (event) => {
      if (event.defaultPrevented || event.submitter?.name === "switch" || form.dataset.plainly) return;
      event.preventDefault();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      event.submitter?.setAttribute("aria-busy", "true");
      const fields = [...new FormData(form)];
      try {
        await answer(await post(form.action, fields));
      } catch {
        try {
          await queue("readwrite", (rows) => rows.put({ key: form.elements.key.value, action: form.action, fields, at: Date.now() }));
          form.elements.key.value = newKey();
          note.hidden = false;
          note.scrollIntoView({ block: "center" });
          navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("send-reports")).catch(() => {});
        } catch {
          form.dataset.plainly = "1"; // no storage: as without script
          delete form.dataset.sent;
          form.requestSubmit();
        }
        release(form);
      }
    });
    note.querySelector("[data-offline-send]").addEventListener("click", flush);
    note.querySelector("[data-offline-drop]").addEventListener("click", async () => {
      await queue("readwrite", (rows) => rows.clear());
      note.hidden = true;
    });
    addEventListener("online", flush);
    flush();
  });
  // Switch the language without loss: the page is requested with the typed text, files stay in their fields.
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
  // «?da-gui=1» confirms one submission: left in the URL, every reload would confirm unsent text.
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

  // The browser's own error texts speak the browser's language; these speak the page's.
  const WRONG = [
    ["valueMissing", () => words("Ô này cần điền.", "Please fill in this field.")],
    ["typeMismatch", () => words("Viết chưa đúng dạng.", "This is not written correctly.")],
    ["patternMismatch", () => words("Viết chưa đúng dạng.", "This is not written correctly.")],
    ["badInput", () => words("Viết chưa đúng dạng.", "This is not written correctly.")],
    ["tooLong", () => words("Dài quá.", "This is too long.")],
    ["tooShort", () => words("Ngắn quá.", "This is too short.")],
    ["rangeUnderflow", () => words("Nhỏ hoặc sớm quá.", "This is too small or too early.")],
    ["stepMismatch", () => words("Viết chưa đúng dạng.", "This is not written correctly.")],
    ["rangeOverflow", () => words("Lớn hoặc muộn quá.", "This is too large or too late.")],
  ];
  document.addEventListener("invalid", ({ target }) => {
    const wrong = WRONG.find(([name]) => target.validity[name]);
    if (!wrong || target.validity.customError) return;
    const chosen = target.matches("select, [type=radio], [type=checkbox]") && wrong[0] === "valueMissing";
    target.setCustomValidity(chosen ? words("Chọn một mục.", "Please choose one.") : wrong[1]());
    target.addEventListener(target.matches("select, [type=radio], [type=checkbox]") ? "change" : "input", () => target.setCustomValidity(""), { once: true });
  }, true);

  // Draft: text fields only, never files, hidden fields or passwords. The page after sending names the finished draft.
  const done = document.querySelector("[data-draft-done]");
  if (done) for (const key of [done.dataset.draftDone, `${done.dataset.draftDone}:sent`]) store.drop(key);
  if (/[?&]da-gui=/.test(location.search)) settle(location.href);
  enhance("form[data-draft]", (form) => {
    const key = form.dataset.draft;
    const fields = [...form.querySelectorAll("textarea, input[type=text], input[type=tel], input:not([type])")].filter((field) => !("noDraft" in field.dataset));
    const note = document.querySelector("[data-draft-note]");
    if (store.get(`${key}:sent`)) {
      store.drop(`${key}:sent`);
      if (document.querySelector("[data-success]")) store.drop(key); // the page after sending confirms it
    }
    const saved = store.get(key);
    if (saved) {
      for (const field of fields) if (("draftWins" in form.dataset || !field.value) && saved[field.name]) field.value = saved[field.name];
      if (note) note.hidden = false;
    }
    let timer = 0;
    const save = () => {
      const values = {};
      for (const field of fields) if (field.value.trim()) values[field.name] = field.value;
      if (Object.keys(values).length) store.set(key, values); else store.drop(key);
      if (note) note.hidden = Object.keys(values).length === 0;
    };
    // From here on only the draft restores unsent text: the browser's own form memory would show sent text to anyone who
    // presses «back».
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

  // Photos: preview the chosen ones, allow removal, warn about too many.
  enhance("input[type=file][data-photos]", (input) => {
    const box = input.closest("form").querySelector("[data-previews]");
    const limit = Number(input.dataset.photos);
    const most = 25 * 1024 * 1024; // of a whole form; the server accepts at most 26 MB
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

  // Position: requested only when the user taps the button.
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
          say.textContent = words(`Sẽ gửi kèm vị trí (sai số khoảng ${Math.round(coords.accuracy)} m).`, `Your location will be sent (within about ${Math.round(coords.accuracy)} m).`);
        },
        () => { say.textContent = words("Không lấy được vị trí. Bạn viết nơi xảy ra giúp.", "Could not find your location. Please write where it happened."); },
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  });

  // Show the password on request, and hide it before submission: browsers remember text fields.
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

  // Show copy buttons and quick replies only where they work.
  // Select all of a list, or none.
  enhance("[data-all]", (label) => {
    const all = label.querySelector("input");
    label.hidden = false;
    all.addEventListener("change", () => { for (const box of label.closest("form").elements) if (box.type === "checkbox" && box.name) box.checked = all.checked; });
  });

  enhance("[data-copy]", (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
      button.querySelector("[data-copy-text]").textContent = words("Đã sao chép", "Copied");
    });
  });
  // Share a text with another app of the phone, as Zalo.
  const readPictures = () => Promise.all([...document.querySelectorAll("[data-share-picture]")].map(async (picture, index) =>
    new File([await (await fetch(picture.src)).blob()], `anh-${index + 1}.jpg`, { type: "image/jpeg" }))).catch(() => []);
  enhance("[data-share]", (button) => {
    if (!navigator.share) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const shared = button.dataset.share; // a field with the text, or the address of a page
      const content = shared.startsWith("#") ? { text: document.querySelector(shared).value } : { title: button.dataset.shareTitle, url: shared };
      const files = shared.startsWith("#") ? await readPictures() : [];
      if (files.length && navigator.canShare?.({ ...content, files })) content.files = files;
      try { await navigator.share(content); } catch { /* closed without sharing */ }
    });
  });
  enhance("[data-insert]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = document.querySelector(button.dataset.insert);
      const before = field.value.slice(0, field.selectionStart);
      const after = field.value.slice(field.selectionEnd);
      if (before.trimEnd().endsWith(button.dataset.text)) return field.focus(); // pressed twice
      const text = (/\S$/.test(before) ? " " : "") + button.dataset.text + (/^\S/.test(after) ? " " : "");
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  });
  // Reports sent from this device: code and link, so that a lost link is no lost case. Erasable, gone after 90 days.
  const OWN = "own-reports";
  const OWN_DAYS = 90;
  const own = {
    list() {
      try {
        const rows = JSON.parse(localStorage.getItem(OWN)) ?? [];
        return rows.filter((row) => Date.now() - row.at < OWN_DAYS * 86400000 && /^\/theo-doi\/[\w-]{43}$/.test(row.path));
      } catch { return []; }
    },
    save(rows) {
      // nosemgrep: kept-in-the-browser  the page says so, with a button that forgets it
      try { if (rows.length) localStorage.setItem(OWN, JSON.stringify(rows)); else localStorage.removeItem(OWN); } catch { return false; }
      return true;
    },
  };
  own.save(own.list()); // every page deletes the expired ones
  enhance("[data-own-report]", (line) => {
    const { code, path } = line.dataset;
    const others = own.list().filter((row) => row.path !== path);
    if (!own.save([...others, { code, path, at: Date.now() }])) return;
    line.hidden = false;
    const button = line.querySelector("[data-own-forget]");
    button.addEventListener("click", () => {
      own.save(own.list().filter((row) => row.path !== path));
      button.hidden = true;
      line.querySelector("[data-own-kept]").textContent = words("Máy này không nhớ đường dẫn.", "This device does not remember the link.");
    });
  });
  enhance("[data-own-reports]", (section) => {
    const list = section.querySelector("[data-own-list]");
    const show = () => {
      const rows = own.list();
      section.hidden = !rows.length;
      list.replaceChildren(...rows.reverse().map((row) => {
        const item = Object.assign(document.createElement("li"), { className: "row spread" });
        const link = Object.assign(document.createElement("a"), { href: row.path, textContent: `${row.code} · ${new Date(row.at).toLocaleDateString(document.documentElement.lang)}` });
        const drop = Object.assign(document.createElement("button"), { type: "button", className: "link-btn", textContent: words("Xóa khỏi máy", "Forget") });
        drop.addEventListener("click", () => { own.save(own.list().filter((other) => other.path !== row.path)); show(); });
        item.append(link, drop);
        return item;
      }));
    };
    section.querySelector("[data-own-clear]").addEventListener("click", () => { own.save([]); show(); });
    show();
  });
  enhance("[data-print]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  const run = (root) => {
    for (const [selector, make, known] of makers) {
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
  // The response to a rejected form has a URL that cannot be opened again.
  if (first?.dataset.address) history.replaceState(null, "", first.dataset.address);
})();
