// What the page knows, and how it asks the server. Shared by drawing and wiring.
import { $ } from "/draw.js";

export const S = { state: null, me: localStorage.getItem("me") || "", chat: "oa", messages: [], quote: null };

export async function call(path, body) {
  const init = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, init);
  const value = await answer.json();
  if (!answer.ok) { toast(value.error); throw new Error(value.error); }
  return value;
}

export function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 4000);
}

export const me = () => S.state.citizens.find((person) => person.user_id === S.me);
export const group = () => S.state.groups.find((one) => one.group_id === S.chat);
export const chatKey = () => (S.chat === "oa" ? `u:${S.me}` : `g:${S.chat}`);
export const nameOf = (id) => {
  if (id === S.state.oa.id) return S.state.oa.name;
  const person = S.state.citizens.find((one) => one.user_id === id);
  return person ? person.name : S.state.groups.some((one) => one.group_id === id) ? "Tất cả" : id;
};
