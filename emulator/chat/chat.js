// The chat page of the stand-in: one person plays many citizens and groups.
import { $, WORDS, bubbleNode, chatRow, clockText, dayText, el, icon, logLine } from "/draw.js";

const FAULTS = [
  ["webhook", "duplicate", "Sự kiện đến hai lần"],
  ["webhook", "reorder", "Sự kiện đảo thứ tự"],
  ["webhook", "delay", "Sự kiện đến chậm 3 giây"],
  ["webhook", "drop", "Mất lần đầu, gửi lại sau"],
  ["webhook", "bad_signature", "Chữ ký sai"],
  ["api", "rate_limit", "Quá giới hạn gọi (-32)"],
  ["api", "http_429", "HTTP 429"],
  ["api", "http_5xx", "HTTP 503"],
  ["api", "timeout", "Không trả lời"],
  ["api", "token_expired", "Hết hạn token (-220)"],
  ["api", "wrong_json", "Trả lời hỏng"],
];
const PLACES = [
  ["TDP Phú Mậu, xã Lộc Hà", 18.4533, 105.9011], ["Phường Thành Sen", 18.3428, 105.9057],
  ["Xã Can Lộc (Nghèn)", 18.4475, 105.7781], ["Phường Sông Trí (Kỳ Anh)", 18.0746, 106.2981],
  ["Xã Hương Khê", 18.1755, 105.7027], ["Xã Đức Thọ", 18.5366, 105.5862],
];
const S = { state: null, me: localStorage.getItem("me") || "", chat: "oa", messages: [], quote: null };

async function call(path, body) {
  const init = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, init);
  const value = await answer.json();
  if (!answer.ok) { toast(value.error); throw new Error(value.error); }
  return value;
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 4000);
}

const me = () => S.state.citizens.find((person) => person.user_id === S.me);
const group = () => S.state.groups.find((one) => one.group_id === S.chat);
const chatKey = () => (S.chat === "oa" ? `u:${S.me}` : `g:${S.chat}`);
const nameOf = (id) => {
  if (id === S.state.oa.id) return S.state.oa.name;
  const person = S.state.citizens.find((one) => one.user_id === id);
  return person ? person.name : S.state.groups.some((one) => one.group_id === id) ? "Tất cả" : id;
};

async function refresh() {
  S.state = await (await fetch("/_chat/state")).json();
  if (!me()) S.me = (S.state.citizens.find((one) => !one.oa_admin) || S.state.citizens[0]).user_id;
  if (S.chat !== "oa" && !group()) S.chat = "oa";
  drawSide(); drawTop(); drawPanel();
}

async function openChat(chat, { show = true } = {}) {
  S.chat = chat; S.quote = null;
  if (show) document.body.dataset.view = "talk";
  $("tray").hidden = true;
  await loadThread();
  drawSide(); drawTop(); drawQuote();
}

async function loadThread() {
  const key = chatKey();
  const { messages } = await call(`/_chat/thread?chat=${encodeURIComponent(key)}`);
  if (key !== chatKey()) return;
  S.messages = messages;
  drawThread();
  markSeen();
}

function markSeen() {
  if (S.chat !== "oa" || document.hidden) return;
  if (document.body.dataset.view !== "talk" && matchMedia("(max-width: 759px)").matches) return;
  const preview = S.state.previews[chatKey()];
  if (preview && preview.unread) { preview.unread = false; call("/_control/seen", { citizen: S.me }); drawSide(); }
}

function face(src) { return el("img", { src, alt: "", width: 48, height: 48 }); }
function groupFace() { return el("span", { class: "group-face" }, icon("group")); }

function note(preview, fallback) {
  if (!preview) return fallback;
  return preview.text || `[${WORDS[preview.type] || "Tin"}]`;
}

function drawSide() {
  const person = me();
  $("me-name").textContent = person.name;
  $("me-face").src = `/avatar/${person.user_id}.svg`;
  const previews = S.state.previews;
  const oaPreview = previews[`u:${S.me}`];
  const rows = [chatRow({
    face: face(`/avatar/${S.state.oa.id}.svg`), title: S.state.oa.name, badge: "OA",
    note: note(oaPreview, "Tài khoản chính thức"), time: oaPreview && oaPreview.time,
    unread: oaPreview && oaPreview.unread && S.chat !== "oa", current: S.chat === "oa",
  }, () => openChat("oa"))];
  const mine = S.state.groups.filter((one) => one.members.includes(S.me));
  const others = S.state.groups.filter((one) => !one.members.includes(S.me));
  mine.sort((a, b) => (previews[`g:${b.group_id}`]?.time || 0) - (previews[`g:${a.group_id}`]?.time || 0));
  rows.push(...mine.map((one) => groupRow(one, note(previews[`g:${one.group_id}`], `${one.members.length + 1} thành viên`))));
  if (others.length) rows.push(el("h2", { class: "divide" }, "Nhóm chưa vào"));
  rows.push(...others.map((one) => groupRow(one, one.pending.includes(S.me) ? "Đang chờ duyệt" : `${one.members.length + 1} thành viên`, true)));
  $("chats").replaceChildren(...rows);
}

function groupRow(one, text, quiet = false) {
  const preview = quiet ? null : S.state.previews[`g:${one.group_id}`];
  return chatRow({ face: groupFace(), title: one.name, note: text, time: preview && preview.time, current: S.chat === one.group_id, quiet }, () => openChat(one.group_id));
}

function drawTop() {
  const person = me();
  const one = group();
  const member = one && one.members.includes(S.me);
  $("face").src = one ? "/sticker/group.svg" : `/avatar/${S.state.oa.id}.svg`;
  $("title").textContent = one ? one.name : S.state.oa.name;
  $("subtitle").textContent = one
    ? `${one.members.length + 1} thành viên${one.lock_send_msg ? " · chỉ quản trị được viết" : ""}`
    : `Tài khoản chính thức · ${person.follower ? "đang quan tâm" : "chưa quan tâm"}`;
  const action = $("action");
  action.textContent = one ? (member ? "Rời nhóm" : "Vào nhóm") : person.follower ? "Bỏ quan tâm" : "Quan tâm";
  action.className = (one ? member : person.follower) ? "pill" : "pill strong";
  action.hidden = Boolean(person.conversation_id) || Boolean(one && !member && one.pending.includes(S.me));
  const gate = $("gate");
  gate.hidden = !one || member;
  gate.textContent = one && one.pending.includes(S.me) ? "Đã xin vào nhóm. Chờ quản trị duyệt." : "Vào nhóm để đọc và viết.";
  $("composer").hidden = Boolean(one && !member);
  drawApprove(one);
}

// Leaders see who asks to join.
function drawApprove(one) {
  const leads = one && (me().oa_admin || one.admins.includes(S.me));
  const waiting = leads ? one.pending : [];
  $("approve").hidden = !waiting.length;
  $("approve").replaceChildren(...waiting.map((id) => el("p", {}, el("span", {}, `${nameOf(id)} xin vào nhóm`),
    el("button", { class: "pill strong", on: { click: () => answer(one, id, true) } }, "Duyệt"),
    el("button", { class: "pill", on: { click: () => answer(one, id, false) } }, "Từ chối"))));
}

async function answer(one, citizen, accept) {
  await call("/_control/approve", { group: one.group_id, citizen, accept });
}

function drawThread() {
  const thread = $("thread");
  const one = group();
  const hidden = one && !one.members.includes(S.me);
  const nodes = [];
  let day = "";
  for (const message of hidden ? [] : S.messages) {
    if (dayText(message.time) !== day) { day = dayText(message.time); nodes.push(el("p", { class: "day" }, day)); }
    nodes.push(bubbleNode(message, message.from === S.me, view));
  }
  if (!nodes.length) nodes.push(el("p", { class: "empty" }, hidden ? "Bạn chưa ở trong nhóm này." : "Chưa có tin nào. Hãy viết câu đầu tiên."));
  thread.replaceChildren(...nodes);
  thread.scrollTop = thread.scrollHeight;
}

const view = {
  nameOf,
  quoted: (id) => S.messages.find((message) => message.id === id),
  acts: {
    share: () => { $("share-name").value = me().name; $("share").showModal(); },
    quote: (message) => { S.quote = message; drawQuote(); $("text").focus(); },
    react: (message) => call("/_control/react", { citizen: S.me, msg_id: message.id, icon: "/-heart" }).then(loadThread),
  },
};

function drawQuote() {
  $("quoting").hidden = !S.quote;
  if (S.quote) $("quoting").firstElementChild.textContent = `Trả lời ${S.quote.name}: ${S.quote.text || WORDS[S.quote.type]}`;
}

async function say(content) {
  const body = { citizen: S.me, ...content };
  if (S.chat !== "oa") body.group = S.chat;
  if (S.quote) body.quote = S.quote.id;
  $("tray").hidden = true;
  $("attach").setAttribute("aria-expanded", "false");
  await call("/_control/say", body);
  S.quote = null;
  drawQuote();
}

function drawPanel() {
  const { webhook, faults } = S.state;
  $("hook").textContent = webhook.url ? `${webhook.url} · ${webhook.enabled ? "đang bật" : "đã bị tắt sau 5 lần gửi lại"}` : "Chưa có địa chỉ nhận.";
  $("hook").className = webhook.url && !webhook.enabled ? "bad" : "";
  $("hook-on").hidden = !webhook.url || webhook.enabled;
  $("clock").textContent = clockText(S.state.now);
  $("faults").replaceChildren(...FAULTS.map(([target, kind, label]) => {
    const rule = faults.find((fault) => fault.target === target && fault.kind === kind && fault.count === null);
    const box = el("input", { type: "checkbox", on: { change: () => toggleFault(target, kind, rule) } });
    box.checked = Boolean(rule);
    return el("label", { class: "switch" }, el("span", {}, label), box);
  }));
  drawLog();
}

async function toggleFault(target, kind, rule) {
  if (rule) await fetch(`/_control/faults?id=${rule.id}`, { method: "DELETE" });
  else await call("/_control/faults", { target, kind });
}

let logTimer;
function drawLog() {
  clearTimeout(logTimer);
  logTimer = setTimeout(async () => {
    const { deliveries } = await call("/_control/webhooks?limit=12");
    $("log").replaceChildren(...deliveries.reverse().map(logLine));
    if (!deliveries.length) $("log").replaceChildren(el("li", {}, "Chưa gửi sự kiện nào."));
  }, 400);
}

function readFile(input, act) {
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => act(reader.result, file.name);
    reader.readAsDataURL(file);
    input.value = "";
  });
}

function grow() {
  const box = $("text");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
}

async function submitText() {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  try { await say({ text }); } catch { $("text").value = text; grow(); }
}

function drawPeople() {
  $("people-list").replaceChildren(...S.state.citizens.map((person) => el("li", {}, el("button", {
    class: person.user_id === S.me ? "person current" : "person",
    on: { click: () => play(person.user_id) },
  }, el("img", { src: `/avatar/${person.user_id}.svg`, alt: "", width: 40, height: 40 }),
  el("span", {}, el("b", {}, person.name), el("small", {}, personNote(person)))))));
}

function personNote(person) {
  const groups = person.groups.length ? ` · ${person.groups.length} nhóm` : "";
  if (person.oa_admin) return `Quản trị OA${groups}`;
  if (person.conversation_id) return "Khách vãng lai";
  return (person.follower ? "Đang quan tâm OA" : "Chưa quan tâm OA") + groups;
}

async function play(userId) {
  S.me = userId;
  localStorage.setItem("me", userId);
  $("people").close();
  await openChat(S.chat, { show: false });
}

function wireTalk() {
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); submitText(); });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submitText(); }
  });
  $("text").addEventListener("input", grow);
  $("attach").addEventListener("click", () => {
    $("tray").hidden = !$("tray").hidden;
    $("attach").setAttribute("aria-expanded", String(!$("tray").hidden));
    $("thread").scrollTop = $("thread").scrollHeight;
  });
  // A picture that arrives late must not push the newest message out of sight.
  $("thread").addEventListener("load", () => { $("thread").scrollTop = $("thread").scrollHeight; }, true);
  $("back").addEventListener("click", () => { document.body.dataset.view = "list"; });
  $("quoting").querySelector("button").addEventListener("click", () => { S.quote = null; drawQuote(); });
  $("action").addEventListener("click", async () => {
    const one = group();
    if (!one) await call("/_control/follow", { citizen: S.me, follow: !me().follower });
    else await call(one.members.includes(S.me) ? "/_control/leave" : "/_control/join", { citizen: S.me, group: one.group_id });
    await refresh();
    drawThread();
  });
  readFile($("photo"), (image) => say({ image }));
  readFile($("file"), (data, name) => say({ file: { name, data } }));
  const senders = {
    gps: () => say({ photo: { lat: 18.4533, lon: 105.9011, label: "Ảnh mẫu" } }),
    sticker: () => say({ sticker: `chao-${Math.floor(Math.random() * 8)}` }),
    card: () => say({ card: { phone: "0912345678", name: me().name } }),
    location: () => $("where").showModal(),
  };
  for (const button of document.querySelectorAll("[data-send]")) button.addEventListener("click", () => senders[button.dataset.send]());
}

function wireDialogs() {
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  $("pick").addEventListener("click", () => { drawPeople(); $("people").showModal(); });
  $("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = await call("/_control/citizens", { name: $("add-name").value });
    $("add-name").value = "";
    await refresh();
    await play(person.user_id);
  });
  $("places").replaceChildren(...PLACES.map(([label, lat, lon]) => el("button", { class: "pill", on: { click: () => { $("lat").value = lat; $("lon").value = lon; } } }, label)));
  $("where-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("where").close();
    await say({ location: [Number($("lat").value), Number($("lon").value)] });
  });
  $("new-group").addEventListener("click", () => $("found").showModal());
  $("found-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const members = $("found-me").checked ? [S.me] : [];
    const made = await call("/_control/groups", { name: $("found-name").value, members, join_appr: $("found-appr").checked });
    $("found").close();
    $("found-name").value = "";
    await refresh();
    await openChat(made.group_id);
  });
  $("share-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("share").close();
    const full_address = { user_city: "Tỉnh Hà Tĩnh", user_ward: $("share-ward").value, user_address: $("share-address").value };
    const info = { name: $("share-name").value, phone: $("share-phone").value, user_dob: $("share-dob").value, gender: "", full_address };
    await call("/_control/submit_info", { citizen: S.me, info });
    toast("Đã chia sẻ thông tin với OA.");
  });
}

function wirePanel() {
  $("tools").addEventListener("click", () => { document.body.classList.toggle("tools"); drawLog(); });
  $("panel-close").addEventListener("click", () => document.body.classList.remove("tools"));
  $("hook-on").addEventListener("click", () => call("/_control/webhooks", { enabled: true }));
  for (const button of document.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => call("/_control/clock", { advance: Number(button.dataset.skip) }));
  }
}

let pending;
function soon() { clearTimeout(pending); pending = setTimeout(refresh, 120); }

function listen() {
  const stream = new EventSource(`/_chat/stream?after=${S.state.last}`);
  stream.addEventListener("message", ({ data }) => {
    if (!data) return;
    const message = JSON.parse(data);
    const preview = { text: message.text, type: message.type, time: message.time, src: message.src, unread: message.src === 0 };
    S.state.previews[message.chat] = preview;
    if (message.chat === chatKey() && !S.messages.some((one) => one.id === message.id)) {
      S.messages.push(message);
      drawThread();
      markSeen();
    }
    drawSide();
    drawLog();
  });
  stream.addEventListener("change", soon);
  stream.onopen = () => { if (listen.lost) { listen.lost = false; refresh().then(loadThread); } };
  stream.onerror = () => { listen.lost = true; };
}

document.addEventListener("visibilitychange", () => { if (S.state) markSeen(); });
wireTalk(); wireDialogs(); wirePanel();
await refresh();
await openChat("oa", { show: false });
listen();
