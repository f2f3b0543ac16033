// ruleid: markup-from-text
box.innerHTML = text;
// ruleid: markup-from-text
box.insertAdjacentHTML("beforeend", text);
// ok: markup-from-text
box.textContent = text;
// ruleid: code-from-text
eval(text);
// ruleid: code-from-text
setTimeout("go()", 5);
// ok: code-from-text
setTimeout(go, 5);
// ruleid: kept-in-the-browser
localStorage.setItem("draft", text);
// ok: kept-in-the-browser
sessionStorage.removeItem("draft");
// ruleid: another-host-from-script
fetch("https://example.org/count");
// ok: another-host-from-script
fetch("/live");
