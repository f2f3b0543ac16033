// The chat page of the stand-in: one person plays many citizens and groups.
import { $, WORDS, bubbleNode, chatRow, clockText, dayText, el, icon, logLine } from "/draw.js";
import { S, call, chatKey, group, me, nameOf } from "/state.js";
import { wireDialogs, wirePanel, wireTalk } from "/wire.js";

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
    press: (button) => call("/_control/press", { citizen: S.me, title: button.title }).then(loadThread),
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
const acts = { say, refresh, openChat, drawThread, drawQuote, drawLog };
wireTalk(acts); wireDialogs(acts); wirePanel(acts);
await refresh();
await openChat("oa", { show: false });
listen();
