// Draws bubbles, lists and log lines. Knows nothing of the server.
export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [name, act] of Object.entries(value)) node.addEventListener(name, act);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const ZONE = "Asia/Ho_Chi_Minh";
const hour = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const date = new Intl.DateTimeFormat("vi-VN", { weekday: "long", day: "2-digit", month: "2-digit", timeZone: ZONE });
const full = new Intl.DateTimeFormat("vi-VN", { dateStyle: "short", timeStyle: "medium", timeZone: ZONE });
export const clockText = (ms) => full.format(ms);
export const timeText = (ms) => hour.format(ms);
export const dayText = (ms) => date.format(ms);

export const WORDS = {
  image: "Ảnh", gif: "Ảnh động", audio: "Tin thoại", video: "Video", file: "Tệp", sticker: "Nhãn dán",
  location: "Vị trí", link: "Liên kết", business_card: "Danh thiếp", template: "Tin mẫu",
};
const ICONS = { "/-heart": "❤️", "/-strong": "👍" };
const safe = (url) => (/^https?:\/\//.test(url || "") ? url : "#");

// Text with links and with [@id] shown as names.
function rich(text, nameOf) {
  const parts = text.split(/(https?:\/\/[^\s]+|\[@[0-9a-f]+\])/g);
  return parts.map((part) => {
    if (/^https?:\/\//.test(part)) return el("a", { href: part, target: "_blank", rel: "noreferrer" }, part);
    const mention = /^\[@([0-9a-f]+)\]$/.exec(part);
    return mention ? el("span", { class: "mention" }, `@${nameOf(mention[1])}`) : part;
  });
}

function attachmentNode(attachment, acts) {
  const { type, payload } = attachment;
  if (type === "image" || type === "gif") {
    return el("a", { href: safe(payload.url), target: "_blank", rel: "noreferrer", class: "shot" },
      el("img", { src: payload.url, alt: "Ảnh", loading: "lazy" }));
  }
  if (type === "sticker") return el("img", { class: "sticker", src: payload.url, alt: "Nhãn dán" });
  if (type === "location") {
    const { latitude, longitude } = payload.coordinates;
    return el("div", { class: "place" }, icon("pin"), el("span", {}, el("b", {}, "Vị trí đã gửi"), el("small", {}, `${latitude}, ${longitude}`)));
  }
  if (type === "file") {
    return el("a", { class: "place", href: safe(payload.url), target: "_blank", rel: "noreferrer" }, icon("file"),
      el("span", {}, el("b", {}, payload.name), el("small", {}, `${Math.ceil(Number(payload.size) / 1024)} KB`)));
  }
  if (type === "template" && payload.buttons) {
    return el("div", { class: "ask" }, ...payload.buttons.map((button) =>
      el("button", { class: "pill strong", on: { click: () => acts.press(button) } }, button.title)));
  }
  if (type === "template" && payload.elements) return requestCard(payload.elements[0], acts);
  if (type === "audio") return el("audio", { src: payload.url, controls: true });
  if (type === "video") return el("video", { src: payload.url, controls: true, poster: payload.thumbnail });
  return linkCard(payload);
}

function requestCard(element, acts) {
  return el("div", { class: "ask" },
    element.image_url ? el("img", { src: element.image_url, alt: "" }) : null,
    el("b", {}, element.title || ""), el("p", {}, element.subtitle || ""),
    el("button", { class: "pill strong", on: { click: acts.share } }, "Chia sẻ thông tin"));
}

function linkCard(payload) {
  let note = payload.description || "";
  try { note = JSON.parse(note).phone; } catch { /* a plain description */ }
  return el("a", { class: "place", href: safe(payload.url), target: "_blank", rel: "noreferrer" }, icon("card"),
    el("span", {}, el("b", {}, note || payload.template_id || "Liên kết"), el("small", {}, payload.url || "")));
}

// One bubble; `mine`: by the person being played; `view` = {nameOf, quoted, acts}.
export function bubbleNode(message, mine, view) {
  const bare = message.type === "sticker" || ((message.type === "image" || message.type === "gif") && !message.text);
  const quoted = message.quote ? view.quoted(message.quote) : null;
  const reactions = Object.values(message.reactions || {}).map((name) => ICONS[name] || "🙂").join("");
  const body = el("div", { class: bare ? "bubble bare" : "bubble" },
    quoted ? el("blockquote", {}, quoted.text || WORDS[quoted.type] || "") : null,
    ...message.attachments.map((attachment) => attachmentNode(attachment, view.acts)),
    message.text ? el("p", {}, ...rich(message.text, view.nameOf)) : null,
    el("time", {}, timeText(message.time)),
    reactions ? el("span", { class: "reactions" }, reactions) : null);
  const tools = el("div", { class: "bubble-tools" },
    el("button", { class: "round", "aria-label": "Trả lời", on: { click: () => view.acts.quote(message) } }, icon("reply")),
    mine ? null : el("button", { class: "round", "aria-label": "Thả tim", on: { click: () => view.acts.react(message) } }, "❤️"));
  const face = mine ? null : el("img", { class: "face", src: `/avatar/${message.from}.svg`, alt: "", width: 34, height: 34 });
  const name = mine ? null : el("span", { class: message.src === 0 ? "name oa" : "name" }, message.name);
  return el("article", { class: mine ? "msg mine" : "msg", "data-id": message.id }, face, el("div", { class: "stack" }, name, body), tools);
}

export function chatRow({ face, title, note, time, unread, current, badge, quiet }, open) {
  return el("button", { class: `chat${current ? " current" : ""}${unread ? " unread" : ""}${quiet ? " quiet" : ""}`, "aria-current": current ? "true" : null, on: { click: open } },
    face, el("span", { class: "chat-text" }, el("b", {}, el("span", {}, title), badge ? el("i", { class: "badge" }, badge) : null), el("small", {}, note)),
    el("span", { class: "chat-side" }, time ? el("time", {}, timeText(time)) : null, unread ? el("i", { class: "dot" }) : null));
}

const STATES = { queued: "đang gửi", held: "giữ lại", delivered: "đã nhận", retrying: "chờ gửi lại", failed: "bỏ", skipped: "không gửi" };
export function logLine(delivery) {
  const tries = delivery.attempts.length;
  return el("li", { class: `log-${delivery.state}` }, el("code", {}, delivery.event),
    el("span", {}, `${STATES[delivery.state]}${tries > 1 ? ` · ${tries} lần` : ""}`));
}
