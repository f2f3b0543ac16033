// Passkeys: get the browser's answer to the server's challenge and send it with the form. Without this file codes still work.
(() => {
  "use strict";
  // Each text in both languages; the language of the page selects one.
  const words = document.documentElement.lang === "en" ? (_, english) => english : (own) => own;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const read = (options) => {
    const made = { ...options, challenge: bytes(options.challenge) };
    if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
    if (options.allowCredentials) made.allowCredentials = listed(options.allowCredentials);
    if (options.excludeCredentials) made.excludeCredentials = listed(options.excludeCredentials);
    return made;
  };
  const write = (credential) => {
    const answer = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) answer[part] = text(credential.response[part]);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer, clientExtensionResults: {} });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const say = form.querySelector("[data-passkey-say]");
    const button = form.querySelector("button");
    if (!window.PublicKeyCredential || !isSecureContext) {
      say.textContent = words("Trình duyệt hoặc địa chỉ này không dùng được khóa bảo mật.", "This browser or address cannot use security keys.");
      continue;
    }
    const { publicKey } = JSON.parse(form.dataset.options);
    say.textContent = "";
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      button.disabled = true;
      say.textContent = words("Làm theo lời nhắc của máy…", "Follow what your device asks…");
      try {
        const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: read(publicKey) });
        form.elements.credential.value = write(credential);
        form.submit();
      } catch (problem) {
        button.disabled = false;
        say.textContent = problem.name === "InvalidStateError" ? words("Khóa này đã được thêm rồi.", "This key has been added already.") : words("Chưa xong. Bấm để thử lại.", "Not done. Select to try again.");
      }
    });
  }
})();
