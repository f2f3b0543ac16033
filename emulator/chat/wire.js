// Buttons, dialogs and the composer: what a person does on the page.
import { $, el } from "/draw.js";
import { S, call, group, me, toast } from "/state.js";

const PLACES = [
  ["TDP Phú Mậu, xã Lộc Hà", 18.4533, 105.9011], ["Phường Thành Sen", 18.3428, 105.9013],
  ["Xã Can Lộc (Nghèn)", 18.4805, 105.7577], ["Phường Sông Trí (Kỳ Anh)", 18.0489, 106.3224],
  ["Xã Hương Khê", 18.1557, 105.5605], ["Xã Đức Thọ", 18.4992, 105.5760],
];
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

async function submitText(acts) {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  try { await acts.say({ text }); } catch { $("text").value = text; grow(); }
}

function drawPeople(acts) {
  $("people-list").replaceChildren(...S.state.citizens.map((person) => el("li", {}, el("button", {
    class: person.user_id === S.me ? "person current" : "person",
    on: { click: () => play(acts, person.user_id) },
  }, el("img", { src: `/avatar/${person.user_id}.svg`, alt: "", width: 40, height: 40 }),
  el("span", {}, el("b", {}, person.name), el("small", {}, personNote(person)))))));
}

function personNote(person) {
  const groups = person.groups.length ? ` · ${person.groups.length} nhóm` : "";
  if (person.oa_admin) return `Quản trị OA${groups}`;
  if (person.conversation_id) return "Khách vãng lai";
  return (person.follower ? "Đang quan tâm OA" : "Chưa quan tâm OA") + groups;
}

async function play(acts, userId) {
  S.me = userId;
  // nosemgrep: kept-in-the-browser  a made-up person of the stand-in
  localStorage.setItem("me", userId);
  $("people").close();
  await acts.openChat(S.chat, { show: false });
}

export function wireTalk(acts) {
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); submitText(acts); });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submitText(acts); }
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
  $("quoting").querySelector("button").addEventListener("click", () => { S.quote = null; acts.drawQuote(); });
  $("action").addEventListener("click", async () => {
    const one = group();
    if (!one) await call("/_control/follow", { citizen: S.me, follow: !me().follower });
    else await call(one.members.includes(S.me) ? "/_control/leave" : "/_control/join", { citizen: S.me, group: one.group_id });
    await acts.refresh();
    acts.drawThread();
  });
  readFile($("photo"), (image) => acts.say({ image }));
  readFile($("file"), (data, name) => acts.say({ file: { name, data } }));
  const senders = {
    gps: () => acts.say({ photo: { lat: 18.4533, lon: 105.9011, label: "Ảnh mẫu" } }),
    sticker: () => acts.say({ sticker: `chao-${Math.floor(Math.random() * 8)}` }),
    card: () => acts.say({ card: { phone: "0912345678", name: me().name } }),
    location: () => $("where").showModal(),
  };
  for (const button of document.querySelectorAll("[data-send]")) button.addEventListener("click", () => senders[button.dataset.send]());
}

export function wireDialogs(acts) {
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  $("pick").addEventListener("click", () => { drawPeople(acts); $("people").showModal(); });
  $("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = await call("/_control/citizens", { name: $("add-name").value });
    $("add-name").value = "";
    await acts.refresh();
    await play(acts, person.user_id);
  });
  $("places").replaceChildren(...PLACES.map(([label, lat, lon]) => el("button", { class: "pill", on: { click: () => { $("lat").value = lat; $("lon").value = lon; } } }, label)));
  $("where-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("where").close();
    await acts.say({ location: [Number($("lat").value), Number($("lon").value)] });
  });
  $("new-group").addEventListener("click", () => $("found").showModal());
  $("found-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const members = $("found-me").checked ? [S.me] : [];
    const made = await call("/_control/groups", { name: $("found-name").value, members, join_appr: $("found-appr").checked });
    $("found").close();
    $("found-name").value = "";
    await acts.refresh();
    await acts.openChat(made.group_id);
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

export function wirePanel(acts) {
  $("tools").addEventListener("click", () => { document.body.classList.toggle("tools"); acts.drawLog(); });
  $("panel-close").addEventListener("click", () => document.body.classList.remove("tools"));
  $("hook-on").addEventListener("click", () => call("/_control/webhooks", { enabled: true }));
  for (const button of document.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => call("/_control/clock", { advance: Number(button.dataset.skip) }));
  }
}
