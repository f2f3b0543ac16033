// Date, time and file fields in Vietnamese where the browser speaks another language; native where it is right.
(() => {
  "use strict";
  // The fields follow the browser's own language, which Intl tells; the preferred language of pages may be another.
  const own = Intl.DateTimeFormat().resolvedOptions().locale.toLowerCase();
  if (document.documentElement.lang !== "vi" || own.startsWith("vi")) return;
  // The fields speak the page's language; both languages stand here as in every script.
  const words = (vietnamese, english) => (document.documentElement.lang === "en" ? english : vietnamese);
  const two = (number) => String(number).padStart(2, "0");
  const DAY = /^\s*(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})\s*$/;
  const HOUR = /^\s*(\d{1,2})(?:[:hg.]\s*(\d{1,2}))?\s*$/i;
  const parseDay = (text) => {
    const match = DAY.exec(text);
    if (!match) return "";
    const [day, month, year] = match.slice(1).map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? `${year}-${two(month)}-${two(day)}` : "";
  };
  const parseHour = (text) => {
    const match = HOUR.exec(text);
    return match && match[1] < 24 && (match[2] ?? 0) < 60 ? `${two(match[1])}:${two(match[2] ?? 0)}` : "";
  };
  const showDay = (iso) => iso.split("-").reverse().join("/");
  const KINDS = {
    date: { hint: words("ngày/tháng/năm", "day/month/year"), example: "25/11/2026", parse: parseDay, show: showDay },
    time: { hint: words("giờ:phút", "hour:minute"), example: "07:30", parse: parseHour, show: (iso) => iso.slice(0, 5) },
    "datetime-local": {
      hint: words("ngày/tháng/năm giờ:phút", "day/month/year hour:minute"),
      example: "25/11/2026 07:30",
      parse: (text) => {
        const at = text.trim().lastIndexOf(" ");
        const [day, hour] = [parseDay(text.trim().slice(0, at)), parseHour(text.trim().slice(at))];
        return at > 0 && day && hour ? `${day}T${hour}` : "";
      },
      show: (iso) => `${showDay(iso.slice(0, 10))} ${iso.slice(11, 16)}`,
    },
  };
  const replace = (field) => {
    const kind = KINDS[field.getAttribute("type")];
    const { min, max } = field;
    const typed = document.createElement("input");
    Object.assign(typed, { type: "text", id: field.id, className: field.className, required: field.required, placeholder: kind.hint, autocomplete: "off", inputMode: field.type === "date" ? "numeric" : "text" });
    typed.value = field.value ? kind.show(field.value) : "";
    for (const name of ["aria-describedby", "aria-label"]) if (field.hasAttribute(name)) typed.setAttribute(name, field.getAttribute(name));
    field.type = "hidden"; // keeps the name; the server reads the same form of date as ever
    field.required = false;
    field.removeAttribute("id");
    const check = () => {
      const iso = typed.value.trim() ? kind.parse(typed.value) : "";
      field.value = iso;
      let problem = typed.value.trim() && !iso ? words(`Viết như ${kind.example}.`, `Write it like ${kind.example}.`) : "";
      if (iso && min && iso < min) problem = words(`Sớm nhất là ${kind.show(min)}.`, `Not before ${kind.show(min)}.`);
      if (iso && max && iso > max) problem = words(`Muộn nhất là ${kind.show(max)}.`, `Not after ${kind.show(max)}.`);
      typed.setCustomValidity(problem);
    };
    typed.addEventListener("input", check);
    typed.addEventListener("blur", () => { if (field.value) typed.value = kind.show(field.value); });
    field.after(typed);
    check();
  };
  const nameFile = (input) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-small", textContent: words("Chọn tệp", "Choose a file") });
    const name = Object.assign(document.createElement("span"), { className: "small soft" });
    const show = () => { name.textContent = input.files.length ? [...input.files].map((file) => file.name).join(", ") : words("Chưa chọn tệp nào", "No file chosen"); };
    const line = Object.assign(document.createElement("span"), { className: "row" });
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", show);
    input.classList.add("sr");
    input.tabIndex = -1;
    line.append(button, name);
    input.after(line);
    show();
  };
  const run = (root) => {
    for (const field of root.querySelectorAll("input[type=date], input[type=time], input[type=datetime-local]")) replace(field);
    for (const input of root.querySelectorAll("input[type=file]:not(.file input):not(.sr)")) nameFile(input);
  };
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
  document.addEventListener("page:swapped", () => run(document));
})();
