// Nobody leaves with words that are not saved, without being asked.
const kept = [...document.querySelectorAll("form[data-keep]")];
const changed = field => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
  : field.options ? field.selectedIndex !== Math.max(0, [...field.options].findIndex(o => o.defaultSelected)) : field.value !== field.defaultValue;
const unsaved = form => "unsaved" in form.dataset || [...form.elements].some(f => f.name && f.type !== "hidden" && !("passing" in f.dataset) && changed(f));
let sent = null;
for (const form of kept) form.addEventListener("submit", () => { sent = form; });
addEventListener("pageshow", () => { sent = null; });
addEventListener("beforeunload", e => { if (kept.some(form => form !== sent && unsaved(form))) e.preventDefault(); });
