// Turn notices on this device on and off: ask the browser, store its subscription. Without this file the page says what else reaches the person.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const form = document.querySelector("form[data-push]");
  if (!form) return;
  const { key, worker, scope, on: onUrl, off: offUrl } = form.dataset;
  const say = form.querySelector("[data-push-say]");
  const on = form.querySelector("[data-push-on]");
  const off = form.querySelector("[data-push-off]");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  if (!key || !("serviceWorker" in navigator) || !("PushManager" in window) || !isSecureContext) {
    say.textContent = words("Trình duyệt này không nhận được thông báo. Trên iPhone: thêm trang vào màn hình chính, rồi mở từ đó.", "This browser cannot receive notices. On an iPhone: add the page to the home screen and open it from there.");
    return;
  }
  const register = () => navigator.serviceWorker.register(worker, { scope });
  const show = (subscription) => {
    on.hidden = Boolean(subscription) && !form.querySelector("[data-push-choice]");
    off.hidden = !subscription;
    say.textContent = subscription ? words("Máy này đang nhận thông báo.", "This device receives notices.") : words("Máy này chưa nhận thông báo.", "This device does not receive notices yet.");
  };
  const post = async (url, fields) => {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await fetch(url, { method: "POST", body });
    if (answer.ok) return;
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error || words("Chưa lưu được. Tải lại trang rồi thử lại.", "Not saved. Reload the page and try again."));
  };
  // A subscription is bound to the key it was made with: after a change of ours it is made again.
  const subscribe = async () => {
    const registration = await register();
    const earlier = await registration.pushManager.getSubscription();
    if (earlier && text(earlier.options.applicationServerKey) !== key) await earlier.unsubscribe();
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
      .catch(() => { throw new Error(words("Chưa đăng ký được với dịch vụ thông báo của trình duyệt. Kiểm tra mạng, hoặc dùng trình duyệt khác, rồi thử lại.", "The browser's notice service did not accept this device. Check the network or use another browser, then try again.")); }); // the browser's own words are English
    const { endpoint, keys } = subscription.toJSON();
    await post(onUrl, { endpoint, p256dh: keys.p256dh, auth: keys.auth, key });
    return subscription;
  };
  const attempt = async (action) => {
    for (const button of [on, off]) button.disabled = true;
    try { await action(); } catch (problem) { say.textContent = problem.message; }
    for (const button of [on, off]) button.disabled = false;
  };
  on.addEventListener("click", (event) => {
    event.preventDefault();
    attempt(async () => {
      if (await Notification.requestPermission() !== "granted") {
        throw new Error(words("Trình duyệt đang chặn thông báo của trang này. Mở cài đặt của trình duyệt để cho phép.", "The browser blocks notices of this page. Allow them in the browser's settings."));
      }
      show(await subscribe());
      if ("reload" in form.dataset) location.reload();
    });
  });
  off.addEventListener("click", (event) => {
    event.preventDefault();
    attempt(async () => {
      const registration = await register();
      const subscription = await registration.pushManager.getSubscription();
      if (subscription) {
        await post(offUrl, { endpoint: subscription.endpoint });
        await subscription.unsubscribe();
      }
      show(null);
      if ("reload" in form.dataset) location.reload();
    });
  });
  (async () => {
    const registration = await register();
    const subscription = await registration.pushManager.getSubscription();
    show(subscription);
    if (subscription && text(subscription.options.applicationServerKey) !== key) await attempt(subscribe);
  })().catch(() => show(null));
})();
